import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { deadlineIn, now, openJournal } from '../../src/apply/journal.ts'
import { watchOver } from '../../src/commands/watch-over.ts'
import { openNode } from '../../src/kernel/namespaces.ts'
import { netplan } from '../commands/cli.ts'
import { sh } from '../node/harness.ts'
import { assertSame } from '../node/properties.ts'
import { applyArguments, createStage, until } from './stage.ts'
import type { Stage } from './stage.ts'

const within = (duration: string): string[] => [...applyArguments, '--confirm-within', duration]

const expectRollback = async (
  t: ExecutionContext,
  stage: Stage,
  before: readonly string[],
): Promise<void> => {
  await until('the rollback', () => stage.last().state === 'rolledBack')
  t.is(stage.last().why, 'not confirmed')
  t.notThrows(() => assertSame('not confirmed', before, stage.look()))
}

const stateOf = (netns: string): string => join('/run/nodeplan', String(statSync(netns).ino))
const journalOf = ({ node }: Stage): string =>
  join(stateOf(`/run/netns/${node.name}`), 'netplan.journal')

const watchdogOf = (journal: string): number =>
  (JSON.parse(readFileSync(`${journal}.watch`, 'utf8')) as { readonly pid: number }).pid

test('the terminal is closed when the apply is done: rolled back', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(within('2s'), { terminal: true })
  await until('it is done', () => stage.last().state === 'applied')
  apply.child.kill('SIGKILL')
  await apply.ended
  await expectRollback(t, stage, before)
})

test('the terminal is closed in the midst of the apply: it goes on, and is rolled back', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(within('2s'), { terminal: true, held: true })
  await stage.reached()
  apply.child.kill('SIGKILL')
  await apply.ended
  // Long enough for a line about its progress, which nobody can read.
  await sleep(1500)
  stage.release()
  await until('it is done', () => stage.last().deadline !== undefined)
  await expectRollback(t, stage, before)
})

test('the terminal is closed in the midst of an apply that nobody need confirm: it is done', async (t) => {
  const stage = createStage(t)
  const apply = stage.start(applyArguments, { terminal: true, held: true })
  await stage.reached()
  apply.child.kill('SIGKILL')
  await apply.ended
  await sleep(1500)
  stage.release()
  await until('it is done', () => stage.last().state === 'applied')
  t.is((await stage.run(['check', '--no-color'])).code, 0)
})

test('a node that only a process held: the watchdog holds it, and rolls back', async (t) => {
  const holder = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' })
  const own = `/proc/${String(holder.pid)}/ns/net`
  await until('a namespace', () => readlinkSync(own) !== readlinkSync('/proc/self/ns/net'))
  const state = stateOf(own)
  const journal = join(state, 'netplan.journal')
  const input = 'bridges: { br0: { addresses: [10.9.0.1/24] } }\n'
  const netns = ['--netns', String(holder.pid)]
  const apply = await netplan([...within('3s'), ...netns], { input })
  t.is(apply.code, 0, apply.stderr)
  holder.kill('SIGKILL')
  await once(holder, 'close')
  // From here on the test holds it too, to look into it afterwards.
  const file = openSync(`/proc/${watchdogOf(journal)}/ns/net`, 'r')
  t.teardown(() => {
    closeSync(file)
    rmSync(state, { recursive: true })
  })
  const links = (): string =>
    sh(['nsenter', `--net=/proc/${process.pid}/fd/${file}`, 'ip', '-o', 'link', 'show'])
  t.regex(links(), / br0: /)
  await until('the rollback', () => readFileSync(journal, 'utf8').includes('"rolledBack"'))
  t.notRegex(links(), / br0: /)
})

/** A systemd-run that writes down how it was called, and starts the program as systemd does. */
const systemdRun = (folder: string, code: number): string => `#!/bin/sh
printf '%s\\n' "$@" >${folder}/arguments
ls -l /proc/self/fd >${folder}/files
[ ${code} = 0 ] || exit ${code}
while [ "$1" != -- ]; do
  case "$1" in --setenv=*) kept="$kept \${1#--setenv=}" ;; esac
  shift
done
shift
env -i $kept setsid -f "$@" </dev/null >/dev/null 2>&1
`

const withSystemd = (t: ExecutionContext, code: number): string => {
  const folder = mkdtempSync('/run/systemd-run-')
  writeFileSync(join(folder, 'systemd-run'), systemdRun(folder, code))
  chmodSync(join(folder, 'systemd-run'), 0o755)
  // As sd_booted(3) looks for it.
  mkdirSync('/run/systemd/system', { recursive: true })
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}:${path ?? ''}`
  t.teardown(() => {
    process.env['PATH'] = path
    rmdirSync('/run/systemd/system')
    rmSync(folder, { recursive: true })
  })
  return folder
}

test.serial('where systemd runs, the watchdog is a unit', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const folder = withSystemd(t, 0)
  const apply = await stage.run(within('1s'))
  t.is(apply.code, 0, apply.stderr)
  const words = readFileSync(join(folder, 'arguments'), 'utf8').trimEnd().split('\n')
  const [quiet, collect, unit = '', path = '', ...rest] = words
  t.deepEqual([quiet, collect], ['--quiet', '--collect'])
  t.regex(unit, /^--unit=nodeplan-netplan-\d+$/)
  t.regex(path, /^--setenv=PATH=\//)
  const [end, nsenter, net, stop, runtime, program = '', ...args] = rest
  t.deepEqual([end, nsenter, stop, runtime], ['--', 'nsenter', '--', process.execPath])
  t.is(net, `--net=/run/netns/${stage.node.name}`)
  t.regex(program, /\/bin\/run\.cjs$/)
  t.deepEqual(args, ['watchdog', journalOf(stage)])
  t.notRegex(readFileSync(join(folder, 'files'), 'utf8'), /nodeplan/, 'not even the lock')
  await expectRollback(t, stage, before)
})

test.serial('where systemd-run fails, the watchdog is a process of its own', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const folder = withSystemd(t, 1)
  const apply = await stage.run(within('1s'))
  t.is(apply.code, 0, apply.stderr)
  t.true(existsSync(join(folder, 'arguments')))
  await expectRollback(t, stage, before)
})

test('an apply that stands still is ended, and rolled back', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(within('1s'), { held: true })
  await stage.reached()
  apply.child.kill('SIGSTOP')
  // Beside the one that it started itself, which has the patience of half a minute.
  const watching = watchOver(await openNode(stage.node.name), journalOf(stage), { patience: 500 })
  const { code } = await apply.ended
  t.is(code, -1)
  stage.release()
  await watching
  await expectRollback(t, stage, before)
})

test('an apply that stands still at its last words keeps nobody from rolling back', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(within('60s'), { held: true })
  await stage.reached()
  apply.child.kill('SIGSTOP')
  stage.release()
  // As it stands when its terminal takes nothing any more: all is done, and the lock is its still.
  await openJournal(journalOf(stage)).append({ state: 'applied', at: now(), ...deadlineIn(0.5) })
  await expectRollback(t, stage, before)
  t.is((await apply.ended).code, -1)
})

test('a confirmation at the last moment: either it stays, or it was too late', async (t) => {
  t.timeout(5 * 60_000)
  const stage = createStage(t)
  const before = stage.look()
  const rounds = Number(process.env['DEADLINES'] ?? 2)
  const counts = { kept: 0, late: 0 }
  // How long it takes from its start to the journal.
  const began = performance.now()
  t.is((await stage.run(['confirm'])).code, 1)
  let lead = performance.now() - began
  for (let round = 0; round < rounds; round++) {
    t.is((await stage.run(within('1500ms'))).code, 0)
    const { deadline = '' } = stage.last()
    await sleep(Date.parse(deadline) - Date.now() - lead)
    const { code, stdout, stderr } = await stage.run(['confirm', '--lock-timeout', '30s'])
    // It may be late, and the watchdog not through with the way back.
    for (let tries = 0; tries < 100 && stage.last().state === 'rollingBack'; tries++)
      await sleep(100)
    const { state } = stage.last()
    t.deepEqual([code, state], code === 0 ? [0, 'confirmed'] : [1, 'rolledBack'], stderr)
    counts[code === 0 ? 'kept' : 'late'] += 1
    // Towards the edge, from either side.
    lead += code === 0 ? -40 : 60
    await sleep(500)
    t.is(stage.last().state, state, stdout)
    if (code === 0) {
      t.is((await stage.run(['check', '--no-color'])).code, 0)
      t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
    }
    t.notThrows(() => assertSame('back', before, stage.look()))
  }
  t.log(JSON.stringify(counts))
})
