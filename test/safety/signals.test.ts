import test from 'ava'
import { assertSame } from '../node/properties.ts'
import { applyArguments, createStage } from './stage.ts'

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal}: the step is finished, and everything rolled back`, async (t) => {
    const stage = createStage(t)
    const before = stage.look()
    const apply = stage.start(applyArguments, { held: true })
    await stage.reached()
    apply.child.kill(signal)
    stage.release()
    const { code, stderr } = await apply.ended
    t.is(code, 130, stderr)
    t.regex(stderr, /interrupted: finishing the step, then rolling back/)
    t.regex(stderr, /rolled back; the node is as it was/)
    t.notThrows(() => assertSame(signal, before, stage.look()))
    t.is(stage.last().state, 'rolledBack')
  })

test('a second Ctrl-C stops at once, and says what is left', async (t) => {
  const stage = createStage(t, 2)
  const before = stage.look()
  const apply = stage.start(applyArguments, { held: true })
  await stage.reached()
  apply.child.kill('SIGINT')
  await new Promise((resolve) => apply.child.stderr?.once('data', resolve))
  apply.child.kill('SIGINT')
  const { code, stderr } = await apply.ended
  t.is(code, 5, stderr)
  t.regex(stderr, /differs from before: namespace .*pod; netplan rollback tries again/)
  t.is(stage.last().state, 'partApplied')
  t.regex(
    (await stage.run(['check'])).stderr,
    /could not be rolled back: namespace .*netplan rollback/,
  )
  const rollback = await stage.run(['rollback', '--auto-approve'])
  t.is(rollback.code, 0, rollback.stderr)
  t.notThrows(() => assertSame('rollback', before, stage.look()))
  t.is((await stage.run(['check'])).code, 2)
})

test('a hang-up stops no apply', async (t) => {
  const stage = createStage(t)
  const apply = stage.start(applyArguments, { held: true })
  await stage.reached()
  apply.child.kill('SIGHUP')
  stage.release()
  t.is((await apply.ended).code, 0)
  t.is((await stage.run(['check'])).code, 0)
})

test('closed pipes stop no apply', async (t) => {
  const stage = createStage(t)
  const apply = stage.start([...applyArguments, '--json'], { held: true })
  await stage.reached()
  apply.child.stdout?.destroy()
  apply.child.stderr?.destroy()
  stage.release()
  t.is((await apply.ended).code, 0)
  t.is((await stage.run(['check'])).code, 0)
  t.is(stage.last().state, 'applied')
})

test('what was cut short: check says so, rollback undoes it, and says so itself', async (t) => {
  const stage = createStage(t, 2)
  const before = stage.look()
  const apply = stage.start(applyArguments, { held: true })
  await stage.reached()
  apply.child.kill('SIGKILL')
  await apply.ended
  stage.release()
  for (const command of ['check', 'plan']) {
    const { stderr } = await stage.run([command, '--no-color'])
    t.regex(stderr, /was cut short behind step \d+ of \d+: netplan rollback undoes it/, command)
  }
  const refused = await stage.run(['rollback', '--lock-timeout', '30s'])
  t.is(refused.code, 64, 'there is nobody to ask')
  const rollback = await stage.run([
    'rollback',
    '--auto-approve',
    '--json',
    '--lock-timeout',
    '30s',
  ])
  t.is(rollback.code, 0, rollback.stderr)
  t.notThrows(() => assertSame('rollback', before, stage.look()))
  const again = await stage.run(['rollback', '--auto-approve'])
  t.is(again.code, 0)
  t.regex(again.stdout, /Nothing to do: it was rolled back/)
  t.notRegex((await stage.run(['check'])).stderr, /cut short/)
})

test('nothing to roll back', async (t) => {
  const stage = createStage(t)
  const { code, stderr } = await stage.run(['rollback'])
  t.is(code, 1)
  t.regex(stderr, /there is nothing to roll back/)
  t.is((await stage.run(['confirm'])).code, 1)
})
