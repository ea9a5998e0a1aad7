import test from 'ava'
import type { Answers } from '../../src/kernel/answers.ts'
import { handOn } from '../../src/kernel/hand-on.ts'
import { StartError } from '../../src/kernel/run.ts'

/** Answers of which each is another one: how many there were before it. */
const counting = (): Answers & { readonly count: () => number } => {
  let count = 0
  return {
    count: () => count,
    run: ({ argv: [program = ''] }) => {
      count += 1
      if (program === 'missing') return Promise.reject(new StartError(program, 'ENOENT'))
      return Promise.resolve({ code: 0, stdout: String(count), stderr: '' })
    },
    sysctls: (_, paths) => {
      count += 1
      const there = paths.filter((path) => !path.endsWith('absent'))
      return Promise.resolve(new Map(there.map((path) => [path, String(count)])))
    },
    namespaceFile: ({ path }) => {
      count += 1
      if (path === '/run/netns/absent') return Promise.resolve(undefined)
      return Promise.resolve({ path, inode: count, stale: false })
    },
  }
}

const question = { argv: ['ip', 'link'], netns: undefined, stdin: 'show\n' }

test('what the first was told the second is told once, and then the node is asked', async (t) => {
  const node = counting()
  const { first, second } = handOn(node)
  const told = await first.run(question)
  t.deepEqual(await second.run({ ...question }), told)
  t.is(node.count(), 1)
  t.is((await second.run(question)).stdout, '2')
})

test('another program, input or namespace is another question', async (t) => {
  const node = counting()
  const { first, second } = handOn(node)
  await first.run(question)
  const others = [
    { ...question, argv: ['ip', 'link', 'show'] },
    { ...question, argv: ['ip link'] },
    { ...question, stdin: '' },
    { argv: question.argv, netns: undefined },
    { ...question, netns: '/run/netns/a' },
  ]
  for (const [index, other] of others.entries())
    t.is((await second.run(other)).stdout, String(index + 2))
})

test('that a program is missing is an answer, too', async (t) => {
  const node = counting()
  const { first, second } = handOn(node)
  const missing = { argv: ['missing'], netns: undefined }
  await t.throwsAsync(first.run(missing), { instanceOf: StartError })
  await t.throwsAsync(second.run(missing), { instanceOf: StartError })
  t.is(node.count(), 1)
})

test('of parameters some may be asked for, and those that are not there', async (t) => {
  const node = counting()
  const { first, second } = handOn(node)
  await first.sysctls('/run/netns/a', ['net/a', 'net/b', 'net/absent'])
  t.deepEqual(
    [...(await second.sysctls('/run/netns/a', ['net/b', 'net/absent']))],
    [['net/b', '1']],
  )
  t.is(node.count(), 1)
  t.deepEqual(
    [...(await second.sysctls('/run/netns/a', ['net/a', 'net/b']))],
    [
      ['net/a', '2'],
      ['net/b', '2'],
    ],
  )
  t.deepEqual([...(await second.sysctls('/run/netns/b', ['net/a']))], [['net/a', '3']])
})

test('files of namespaces are handed on, there or not', async (t) => {
  const node = counting()
  const { first, second } = handOn(node)
  for (const name of ['a', 'absent']) {
    const place = { name, path: `/run/netns/${name}` }
    const file = await first.namespaceFile(place)
    const before = node.count()
    t.deepEqual(await second.namespaceFile(place), file)
    t.is(node.count(), before)
    await second.namespaceFile(place)
    t.is(node.count(), before + 1)
  }
})
