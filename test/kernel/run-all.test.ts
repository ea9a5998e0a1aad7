import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { runAll, runUntilFailure } from '../../src/kernel/run-all.ts'
import { run, StartError } from '../../src/kernel/run.ts'
import type { Outcome } from '../../src/kernel/run.ts'
import { root } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'netplan-run-all-'))
const path = (name: string): string => join(folder, name)

test.after.always(() => rmSync(folder, { recursive: true }))

const valuesOf = async (...asked: Parameters<typeof runAll>): Promise<readonly Outcome[]> =>
  (await runAll(...asked)).map((answer) => {
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  })

const sh = (
  text: string,
  stdin?: string,
): { readonly argv: readonly string[]; stdin?: string } => ({
  argv: ['sh', '-c', text],
  ...(stdin === undefined ? {} : { stdin }),
})

test('words and inputs are given as they are, whatever a shell would make of them', async (t) => {
  const words = [
    '$(touch x)',
    '`id`',
    '*',
    'a b',
    "'",
    '"',
    '\\',
    '~',
    '$1',
    ';',
    '&',
    '-n',
    'é',
    '\t',
    'A=b',
  ]
  const input = 'EOF\n$(id) `id` $2 \\ "\'\n'
  const [printed, read] = await valuesOf([
    { argv: ['/usr/bin/printf', '%s|', ...words] },
    { argv: ['cat'], stdin: input },
  ])
  t.is(printed?.stdout, `${words.join('|')}|`)
  t.is(read?.stdout, `${input}\n`, 'with one line break more')
})

test('each has its own outcome, also where nothing else is done meanwhile', async (t) => {
  const large = 'x'.repeat(300_000)
  const questions = [
    sh('echo a; echo b >&2; exit 3'),
    sh(`head -c 300000 /dev/zero | tr '\\0' x`),
    sh('echo e >&2'),
    sh('true'),
  ]
  for (const waits of [false, true])
    t.deepEqual(await valuesOf(questions, { waits }), [
      { code: 3, stdout: 'a\n', stderr: 'b\n' },
      { code: 0, stdout: large, stderr: '' },
      { code: 0, stdout: '', stderr: 'e\n' },
      { code: 0, stdout: '', stderr: '' },
    ])
})

test('words that lines cannot tell apart are given all the same', async (t) => {
  const outcomes = await valuesOf([
    { argv: ['/usr/bin/printf', '%s|', 'a\nb', ''] },
    { argv: ['wc', '-c'], stdin: 'x'.repeat(100_000) },
  ])
  t.deepEqual(
    outcomes.map(({ stdout }) => stdout.trim()),
    ['a\nb||', '100000'],
  )
})

test('a program that is missing is so alone', async (t) => {
  const [found, missing] = await runAll([sh('echo a'), { argv: ['no-such-program', 'x'] }])
  t.like(found, { status: 'fulfilled', value: { stdout: 'a\n' } })
  const reason: unknown = missing?.status === 'rejected' ? missing.reason : undefined
  t.true(reason instanceof StartError && reason.program === 'no-such-program')
})

test('what writes ends with the first that fails', async (t) => {
  const mark = path('mark')
  const outcomes = await runUntilFailure(
    [sh('echo a'), sh('echo b >&2; exit 1'), sh(`touch ${mark}`)],
    {},
  )
  t.deepEqual(outcomes, [
    { code: 0, stdout: 'a\n', stderr: '' },
    { code: 1, stdout: '', stderr: 'b\n' },
  ])
  t.false(existsSync(mark))
})

test('what is killed is not run again', async (t) => {
  const log = path('log')
  const note = (text: string): ReturnType<typeof sh> => sh(`echo ${text} >> ${log}; kill -9 $$`)
  const killed = await runUntilFailure([sh(`echo first >> ${log}`), note('second'), sh('true')], {})
  t.deepEqual(
    killed.map(({ code }) => code),
    [0, 137],
  )
  const both = [sh(`echo third >> ${log}`), sh(`echo fourth >> ${log}; kill -9 $PPID`), sh('true')]
  const shell = await runUntilFailure(both, {})
  t.deepEqual(
    shell.map(({ code }) => code),
    [0, -1],
  )
  t.is(readFileSync(log, 'utf8'), 'first\nsecond\nthird\nfourth\n')
})

test('where we are killed, no more is begun', async (t) => {
  const log = path('orphans')
  const module = join(root, 'build/src/kernel/run-all.js')
  const commands = [
    sh(`echo 1 >> ${log}; kill -9 $(sed 's/.*) [A-Z] //; s/ .*//' /proc/$PPID/stat); sleep 0.5`),
  ]
  const more = [sh(`echo 2 >> ${log}`), sh(`echo 3 >> ${log}`)]
  const text = `const { runUntilFailure } = await import(${JSON.stringify(module)})
    await runUntilFailure(${JSON.stringify([...commands, ...more])}, { detached: true })`
  const { code } = await run({ argv: [process.execPath, '--input-type=module', '-e', text] })
  t.is(code, -1)
  t.is(readFileSync(log, 'utf8'), '1\n')
})

test('one that cannot be started is an error where it is the first, and else for the next time', async (t) => {
  const missing = { argv: ['no-such-program'] }
  await t.throwsAsync(runUntilFailure([missing, sh('true')], {}), { instanceOf: StartError })
  const outcomes = await runUntilFailure([sh('echo a'), missing], {})
  t.deepEqual(outcomes, [{ code: 0, stdout: 'a\n', stderr: '' }])
})

// In some containers nobody may mount; `ip -n` mounts the devices of the namespace, and nsenter nothing.
test.serial('where ip cannot enter a namespace by itself, nsenter does', async (t) => {
  const { PATH = '' } = process.env
  const say = (name: string, text: string): void => {
    writeFileSync(path(name), `#!/bin/sh\n${text}\n`)
    chmodSync(path(name), 0o755)
  }
  say(
    'ip',
    '[ "$1" = -n ] || exit 9\necho "mount of /sys failed: Operation not permitted" >&2\nexit 255',
  )
  say('nsenter', 'echo "$@"')
  process.env['PATH'] = `${folder}:${PATH}`
  t.teardown(() => {
    process.env['PATH'] = PATH
  })
  const ask = { argv: ['ip', 'link'], netns: '/run/netns/pod1' }
  const told = '--net=/run/netns/pod1 -- ip link\n'
  const read = await valuesOf([ask, ask])
  t.deepEqual(
    read.map(({ stdout }) => stdout),
    [told, told],
  )
  const written = await runUntilFailure([ask, ask], {})
  t.deepEqual(
    written.map(({ stdout }) => stdout),
    [told],
  )
})

test.serial('what is mounted in a namespace is there for everybody', async (t) => {
  const [node, pod] = ['netplan-ra-node', 'netplan-ra-pod']
  const path = `/run/netns/${node}`
  t.is((await run({ argv: ['ip', 'netns', 'add', node] })).code, 0)
  t.teardown(async () => {
    await run({ argv: ['ip', 'netns', 'del', pod] })
    await run({ argv: ['ip', 'netns', 'del', node] })
  })
  const add = {
    argv: ['ip', '-batch', '-'],
    netns: path,
    stdin: `link set lo up\nnetns add ${pod}\n`,
  }
  const use = { argv: ['ip', 'link', 'show', 'dev', 'lo'], netns: `/run/netns/${pod}` }
  const outcomes = await runUntilFailure([add, use], {})
  t.deepEqual(
    outcomes.map(({ code }) => code),
    [0, 0],
  )
  t.regex(outcomes[1]?.stdout ?? '', /state DOWN/)
})
