import test from 'ava'
import { readAll, readLines } from '../../src/sources/body.ts'

const tooLong = (): Error => new Error('too long')

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size)
    yield await Promise.resolve(bytes.subarray(at, at + size))
}

const read = async (text: string, size: number, most = 1000): Promise<readonly string[]> => {
  const lines: string[] = []
  for await (const line of readLines(cut(text, size), most, tooLong)) lines.push(line)
  return lines
}

test('wherever a stream is cut, the lines are the same: in a line, in a letter, at a newline', async (t) => {
  const lines = ['{"a":"ü"}', '', '{"b":"日本"}', '😀']
  const text = lines.map((line) => `${line}\n`).join('')
  for (let size = 1; size <= Buffer.byteLength(text); size++)
    t.deepEqual(await read(text, size), lines, String(size))
})

test('an answer is all of its text, wherever it is cut, and not more of it than there may be', async (t) => {
  const text = 'größer 日本'
  const bytes = Buffer.byteLength(text)
  for (let size = 1; size <= bytes; size++)
    t.is(await readAll(cut(text, size), bytes, tooLong), text)
  await t.throwsAsync(readAll(cut(text, 3), bytes - 1, tooLong), { message: 'too long' })
})

test('a line that was cut off by the end is none', async (t) => {
  t.deepEqual(await read('one\ntwo', 2), ['one'])
  t.deepEqual(await read('', 1), [])
})

test('a line without an end is not collected for ever', async (t) => {
  await t.throwsAsync(read(`one\n${'x'.repeat(2000)}`, 100), { message: 'too long' })
  t.deepEqual(await read('x'.repeat(900) + '\n' + 'y'.repeat(900) + '\n', 7), [
    'x'.repeat(900),
    'y'.repeat(900),
  ])
})
