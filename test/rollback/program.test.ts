import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { findWriter } from '../apply/in-turn.ts'
import { netplan, program } from '../commands/cli.ts'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'
import { sh } from '../node/harness.ts'
import { isFull, pick, someOf, upTo } from './extent.ts'
import { passages } from './plans.ts'
import type { Passage } from './plans.ts'
import { forNode, openStage } from './stage.ts'
import type { Stage } from './stage.ts'

// The program as it is installed, real processes, and real signals.

/** What a program that is first in PATH does, in place of the real one, at one of its calls that write. */
const blows = {
  'the program is killed before the call': 'kill -KILL $by; exit 1',
  'the program is killed in the midst of it':
    'head -n "$half" "$input" | "$real" "$@"; kill -KILL $by; exit 1',
  'the program is killed after the call': '"$real" "$@" <"$input"; kill -KILL $by; exit 1',
  'the child is killed in the midst of it':
    'head -n "$half" "$input" | "$real" "$@"; kill -KILL $$',
  'the call is refused': 'echo "RTNETLINK answers: No" >&2; echo "Command failed -:1" >&2; exit 1',
} as const

type Blow = keyof typeof blows

const wrapped = ['ip', 'bridge', 'sysctl', 'iptables-nft-restore', 'ip6tables-legacy-restore']

const pathOf = (name: string): string => sh(['sh', '-c', `command -v ${name}`]).trim()

/** Counts the calls that write, of all programs together; half of a text for iptables ends with a table. */
const wrapper = (folder: string, name: string, blow: string, at: number): string => `#!/bin/sh
real=${pathOf(name)} input=${folder}/input.$$
case " $* " in *' -j '*|*' -6 '*' show '*) exec "$real" "$@";; esac
cat >"$input"
count=$(($(cat ${folder}/count) + 1))
echo $count >${folder}/count
if [ $count -ne ${at} ]; then exec "$real" "$@" <"$input"; fi
half=$(($(wc -l <"$input") / 2))
${findWriter}
if grep -q '^COMMIT' "$input"; then half=$(grep -n '^COMMIT' "$input" | head -n 1 | cut -d: -f1); fi
${blow}
`

interface Trap {
  readonly env: Readonly<Record<string, string>>
  /** How many calls there were. */
  count(): number
}

const setTrap = (folder: string, blow: Blow | undefined, at: number): Trap => {
  writeFileSync(join(folder, 'count'), '0\n')
  for (const name of wrapped) {
    const text = blow === undefined ? '' : blows[blow]
    writeFileSync(join(folder, name), wrapper(folder, name, text, at))
    chmodSync(join(folder, name), 0o755)
  }
  return {
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    count: () => Number(readFileSync(join(folder, 'count'), 'utf8')),
  }
}

const folderFor = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

const apply = (stage: Stage, env: Trap['env'] = {}): Promise<Ended> => {
  const { passage, node } = stage
  const iptables = passage.iptables === undefined ? [] : ['--iptables', passage.iptables]
  return netplan(['apply', '--auto-approve', '--no-color', '--netns', node.name, ...iptables], {
    input: forNode(passage.after, node),
    env,
  })
}

const rollBack = ({ node }: Stage, ...more: readonly string[]): Promise<Ended> =>
  run([...program, 'rollback', '--auto-approve', '--no-color', '--netns', node.name, ...more])

const check = ({ node, passage }: Stage): Promise<Ended> =>
  netplan(['check', '--no-color', '--netns', node.name], { input: forNode(passage.after, node) })

const names = [
  'a node that changes',
  'a new node',
  'nft: services that are new',
  'legacy: services that are new',
]

const find = (name: string): Passage => {
  const passage = passages.find((one) => one.name === name)
  if (!passage) throw new Error(`no passage ${name}`)
  return passage
}

const stageFor = async (t: ExecutionContext, name: string): Promise<Stage> => {
  const stage = await openStage(find(name))
  t.teardown(() => stage.node.remove())
  return stage
}

/** What a plan of it moves, so that it can be told what must be the same. */
const planOf = async (stage: Stage) => {
  const planned = await (await stage.open()).plan()
  if (!planned.ok) throw new Error('no plan')
  return planned.plan
}

/** One apply that is struck: what it ends with, and what leads back. */
const strike = async (t: ExecutionContext, stage: Stage, blow: Blow, trap: Trap): Promise<void> => {
  const plan = await planOf(stage)
  const ended = await apply(stage, trap.env)
  const told = `${blow}: ${ended.stdout}${ended.stderr}`
  if (blow.startsWith('the program is killed')) {
    t.is(ended.code, -1, told)
    const seen = await check(stage)
    t.regex(seen.stderr, /netplan apply \(pid \d+, .*\) was cut short behind step \d+ of \d+/, told)
    const back = await rollBack(stage)
    t.is(back.code, 0, back.stdout + back.stderr)
    t.regex(back.stdout, /^Rolled back: what was cut short is undone/m)
  } else {
    // Nothing had been changed, or all of it is as it was.
    t.true(ended.code === 4 || ended.code === 1, told)
    t.regex(ended.stderr, ended.code === 4 ? /the node is as it was/ : /nothing was changed/, told)
  }
  t.deepEqual(stage.differences(plan), [], told)
  t.notRegex((await check(stage)).stderr, /cut short/)
}

for (const name of someOf(names, 2, 'program'))
  test(`real processes: ${name}`, async (t) => {
    const folder = folderFor(t)
    const stage = await stageFor(t, name)
    const plan = await planOf(stage)
    const free = setTrap(folder, undefined, -1)
    const whole = await apply(stage, free.env)
    t.is(whole.code, 0, whole.stderr)
    const count = free.count()
    const back = await rollBack(stage)
    t.is(back.code, 0, back.stderr)
    t.regex(back.stdout, /^Rolled back: the last apply or destroy is undone/m)
    t.deepEqual(stage.differences(plan), [])
    let tried = 0
    const all = Object.keys(blows) as Blow[]
    for (const blow of isFull ? all : [pick(all, name)])
      for (const at of isFull ? upTo(count) : [pick(upTo(count), `${name} ${blow}`)]) {
        t.log(`${blow}, at call ${at + 1} of ${count}`)
        await strike(t, stage, blow, setTrap(folder, blow, at + 1))
        tried += 1
      }
    t.log(`tried ${tried + 1}, survived ${tried + 1}`)
  })

test('real processes: kill -9 at any time', async (t) => {
  const stage = await stageFor(t, 'a new node')
  const plan = await planOf(stage)
  const all = upTo(20).map((at) => 250 + at * 40)
  const times = isFull ? all : [pick(all, 'time')]
  for (const time of times) {
    const words = ['apply', '--auto-approve', '--netns', stage.node.name, '-f', '-']
    const child = spawn(program[0]!, [...program.slice(1), ...words], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = once(child, 'close')
    child.stdin.end(forNode(stage.passage.after, stage.node))
    setTimeout(() => child.kill('SIGKILL'), time)
    await ended
    // The child that it was feeding has the lock, and ends by itself.
    const back = await rollBack(stage, '--lock-timeout', '10s')
    t.true(
      back.code === 0 || back.stderr.includes('nothing to roll back'),
      back.stdout + back.stderr,
    )
    t.deepEqual(stage.differences(plan), [], `after ${time} ms`)
  }
})

test('real processes: exit code 5, with the list of what is left', async (t) => {
  const folder = folderFor(t)
  const stage = await stageFor(t, 'a node that changes')
  const plan = await planOf(stage)
  const { env } = setTrap(folder, undefined, -1)
  // From some call on nothing is done any more, not on the way back either.
  for (const name of wrapped) {
    const text = wrapper(folder, name, '', 0).replace('-ne 0', '-lt 4')
    writeFileSync(
      join(folder, name),
      `${text}echo "RTNETLINK answers: No" >&2; echo "Command failed -:1" >&2; exit 1\n`,
    )
  }
  const ended = await apply(stage, env)
  t.is(ended.code, 5, ended.stdout + ended.stderr)
  t.regex(
    ended.stderr,
    /not all could be rolled back; differs from before: .*\S.*; netplan rollback tries again/,
  )
  t.regex((await check(stage)).stderr, /could not be rolled back: .+: netplan rollback undoes it/)
  const back = await rollBack(stage)
  t.is(back.code, 0, back.stderr)
  t.deepEqual(stage.differences(plan), [])
})
