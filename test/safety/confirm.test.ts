import test from 'ava'
import type { ExecutionContext } from 'ava'
import { assertSame } from '../node/properties.ts'
import { applyArguments, createStage, until } from './stage.ts'
import type { Stage } from './stage.ts'

const withDeadline = (seconds: number): string[] => [
  ...applyArguments,
  '--confirm-within',
  `${seconds}s`,
]

/** Waits for the rollback, and reports how long after the deadline it was through. */
const expectRollback = async (
  t: ExecutionContext,
  stage: Stage,
  before: readonly string[],
  deadline?: string,
): Promise<void> => {
  await until('the rollback', () => stage.last().state === 'rolledBack')
  const { at = '', why } = stage.last()
  t.is(why, 'not confirmed')
  if (deadline !== undefined) {
    const late = Date.parse(at) - Date.parse(deadline)
    t.true(late >= 0, 'not before its time')
    t.log(`rolled back ${late} ms after the deadline`)
  }
  t.notThrows(() => assertSame('not confirmed', before, stage.look()))
}

test('not confirmed: rolled back; too late is too late', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = await stage.run(withDeadline(6))
  t.is(apply.code, 0, apply.stderr)
  const { deadline = '' } = stage.last()
  t.regex(apply.stdout, new RegExp(`rolled back at ${deadline} unless you say: netplan confirm`))
  t.notDeepEqual(stage.look(), before)
  const next = await stage.run(applyArguments)
  t.is(next.code, 75, 'nobody builds on what may go')
  t.regex(next.stderr, /waits to be confirmed until/)
  await expectRollback(t, stage, before, deadline)
  const late = await stage.run(['confirm'])
  t.is(late.code, 1)
  t.regex(late.stderr, /rolled back at .* \(not confirmed\)/)
})

test('confirmed: it stays', async (t) => {
  const stage = createStage(t)
  t.is((await stage.run(withDeadline(3))).code, 0)
  const confirm = await stage.run(['confirm'])
  t.is(confirm.code, 0, confirm.stderr)
  t.is(stage.last().state, 'confirmed')
  await new Promise((resolve) => setTimeout(resolve, 4000))
  t.is((await stage.run(['check'])).code, 0)
  // It can be undone all the same.
  t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
})

test('rolled back by hand before the deadline', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  t.is((await stage.run(withDeadline(60))).code, 0)
  t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
  t.notThrows(() => assertSame('by hand', before, stage.look()))
  t.is((await stage.run(applyArguments)).code, 0)
})

test('the program is killed before its end: rolled back without waiting', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(withDeadline(60), { held: true })
  await stage.reached()
  apply.child.kill('SIGKILL')
  await apply.ended
  stage.release()
  await expectRollback(t, stage, before)
})

test('its whole process group and session die, and the only link of the node', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  const apply = stage.start(withDeadline(2))
  const { pid = 0 } = apply.child
  t.is((await apply.ended).code, 0)
  const { deadline } = stage.last()
  for (const signal of ['SIGHUP', 'SIGKILL'] as const)
    t.throws(() => process.kill(-pid, signal), { code: 'ESRCH' }, 'nothing is left in its group')
  stage.node.ip('link delete dev br0')
  await expectRollback(t, stage, before, deadline)
})

test('a plan of nothing needs no confirmation', async (t) => {
  const stage = createStage(t)
  await stage.run(applyArguments)
  const { code, stdout } = await stage.run(withDeadline(1))
  t.is(code, 0)
  t.notRegex(stdout, /confirm/)
  t.is((await stage.run(applyArguments)).code, 0)
  // Whoever confirms all the same, as a pipeline, is told that all is well.
  const confirm = await stage.run(['confirm'])
  t.is(confirm.code, 0, confirm.stderr)
  t.regex(confirm.stdout, /^Nothing waits to be confirmed: the apply of \S+ stays\.\n$/)
  const json = await stage.run(['confirm', '--json'])
  t.like(JSON.parse(json.stdout), { confirmed: false })
  t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
  t.is((await stage.run(['confirm'])).code, 1, 'what was undone does not stay')
})
