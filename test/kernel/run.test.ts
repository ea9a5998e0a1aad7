import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import test from 'ava'
import { run, StartError } from '../../src/kernel/run.ts'
import type { Command, Outcome } from '../../src/kernel/run.ts'
import { root } from '../run.ts'

// A program is either run beside ours, or waited for: what comes of it is the same. To wait is for a whole process, so that
// one is started for it, and says how the commands ended that it is given.

const waiter = `
  import { readFileSync } from 'node:fs'
  import { run, waitForPrograms } from '${pathToFileURL(join(root, 'build/src/kernel/run.js')).href}'
  waitForPrograms()
  const ended = []
  for (const command of JSON.parse(readFileSync(0, 'utf8')))
    ended.push(await run(command).catch(String))
  console.log(JSON.stringify(ended))
`

type Ended = Outcome | string

const waitFor = (commands: readonly Command[]): readonly Ended[] => {
  const argv = ['--input-type=module', '-e', waiter]
  const { stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    input: JSON.stringify(commands),
    maxBuffer: Infinity,
  })
  if (stderr !== '') throw new Error(stderr)
  return JSON.parse(stdout) as readonly Ended[]
}

const runBeside = (commands: readonly Command[]): Promise<readonly Ended[]> =>
  Promise.all(commands.map((command) => run(command).catch(String)))

const sh = (text: string, more: Partial<Command> = {}): Command => ({
  argv: ['sh', '-c', text],
  ...more,
})

const ended = (code: number, stdout = '', stderr = ''): Outcome => ({ code, stdout, stderr })

const large = 'x'.repeat(3_000_000)

const cases: readonly { title: string; command: Command; is: Ended }[] = [
  {
    title: 'all that it says',
    command: sh('echo a; echo b >&2; exit 3'),
    is: ended(3, 'a\n', 'b\n'),
  },
  {
    title: 'it reads, and says much',
    command: { argv: ['cat'], stdin: large },
    is: ended(0, large),
  },
  {
    title: 'it does not read what it is given',
    command: sh('exit 4', { stdin: large }),
    is: ended(4),
  },
  { title: 'a signal ends it', command: sh('kill -9 $$'), is: ended(-1) },
  {
    title: 'its environment is its own',
    command: { argv: ['sh', '-c', 'echo $A $HOME $LC_ALL'], env: { A: 'b' } },
    is: ended(0, 'b C\n'),
  },
  {
    title: 'there is none',
    command: { argv: ['no-such-program'] },
    is: 'StartError: cannot start no-such-program: ENOENT',
  },
  {
    title: 'there is none behind nsenter',
    command: { argv: ['no-such-program'], netns: '/proc/self/ns/net' },
    is: 'StartError: cannot start no-such-program: ENOENT',
  },
  {
    title: 'it may not be started',
    command: { argv: ['/etc/passwd'] },
    is: 'StartError: cannot start /etc/passwd: EACCES',
  },
]

test('a program that is run beside ours', async (t) => {
  const all = await runBeside(cases.map(({ command }) => command))
  for (const [index, { title, is }] of cases.entries()) t.deepEqual(all[index], is, title)
})

test('a program that is waited for', (t) => {
  const all = waitFor(cases.map(({ command }) => command))
  for (const [index, { title, is }] of cases.entries()) t.deepEqual(all[index], is, title)
})

test('who cannot be started is told by name and code', async (t) => {
  const error = await t.throwsAsync(run({ argv: ['no-such-program'] }), { instanceOf: StartError })
  t.deepEqual([error.program, error.code], ['no-such-program', 'ENOENT'])
})
