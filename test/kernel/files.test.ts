import { constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { open, readdir, readFile, stat, writeFile } from '../../src/kernel/files.ts'

const { O_APPEND, O_CREAT, O_RDWR } = constants

const folder = mkdtempSync(join(tmpdir(), 'netplan-files-'))
const path = (name: string): string => join(folder, name)

test.after.always(() => rmSync(folder, { recursive: true }))

test('a refusal is a promise that is not kept, as of node:fs/promises', async (t) => {
  for (const call of [readFile, stat, readdir])
    await t.throwsAsync(() => call(path('none')), { code: 'ENOENT' })
  await t.throwsAsync(() => readFile(folder), { code: 'EISDIR' })
  await writeFile(path('there'), 'a')
  await t.throwsAsync(() => writeFile(path('there'), 'b', { flag: 'wx' }), { code: 'EEXIST' })
  t.is(await readFile(path('there')), 'a')
})

test('a file is written whole, and read from where it is to its end', async (t) => {
  const text = 'é'.repeat(2_000_000)
  const file = await open(path('large'), O_RDWR | O_CREAT, 0o600)
  await file.writeFile(text)
  t.is((await file.stat()).size, 4_000_000)
  t.is((await file.read(4, 3_999_998)).toString(), 'é', 'no more than there is')
  t.is((await file.read(4, 5_000_000)).length, 0)
  await file.truncate(2)
  await file.close()
  t.is(await readFile(path('large')), 'é')
  await t.throwsAsync(() => file.stat(), { code: 'EBADF' })
})

test('what is open to be added to is added to', async (t) => {
  writeFileSync(path('log'), 'one\n')
  const file = await open(path('log'), O_RDWR | O_APPEND)
  t.is(await file.readFile(), 'one\n')
  await file.writeFile('two\n')
  await file.datasync()
  await file.close()
  t.is(readFileSync(path('log'), 'utf8'), 'one\ntwo\n')
})
