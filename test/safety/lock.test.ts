import test from 'ava'
import { applyArguments, createStage } from './stage.ts'

test('one apply at a time: the second says who is at it, and changes nothing', async (t) => {
  const stage = createStage(t)
  const first = stage.start(applyArguments, { held: true })
  await stage.reached()
  const second = await stage.run(applyArguments)
  t.is(second.code, 75, second.stderr)
  t.regex(second.stderr, new RegExp(`netplan apply \\(pid ${first.child.pid}, since 20\\d\\d-`))
  t.regex(second.stderr, /nothing was changed/)
  for (const command of [
    ['destroy', '--auto-approve'],
    ['rollback', '--auto-approve'],
  ])
    t.is((await stage.run(command)).code, 75)
  // Who only looks need not wait, and is not told that it was cut short.
  const check = await stage.run(['check'])
  t.is(check.code, 2)
  t.notRegex(check.stderr, /cut short/)

  const patient = stage.start([...applyArguments, '--lock-timeout', '30s'])
  stage.release()
  t.is((await first.ended).code, 0)
  const waited = await patient.ended
  t.is(waited.code, 0, waited.stderr)
  t.regex(waited.stdout, /^No changes/)
})

test('a program that is killed holds the lock until what it started has ended', async (t) => {
  const stage = createStage(t)
  const first = stage.start(applyArguments, { held: true })
  await stage.reached()
  first.child.kill('SIGKILL')
  await first.ended
  t.is((await stage.run(applyArguments)).code, 75)
  stage.release()
  const next = await stage.run([...applyArguments, '--lock-timeout', '30s'])
  t.is(next.code, 0, next.stderr)
  t.regex(next.stderr, /netplan apply \(pid \d+, .*\) was cut short behind step \d+ of \d+/)
  t.is((await stage.run(['check'])).code, 0)
})

test('a lock that is waited for in vain', async (t) => {
  const stage = createStage(t)
  const first = stage.start(applyArguments, { held: true })
  await stage.reached()
  t.is((await stage.run([...applyArguments, '--lock-timeout', '300ms'])).code, 75)
  for (const bad of ['1', '-1s', 'soon', '']) {
    const { code, stderr } = await stage.run([...applyArguments, `--lock-timeout=${bad}`])
    t.is(code, 64, stderr)
  }
  stage.release()
  t.is((await first.ended).code, 0)
})

test('nodes have locks of their own', async (t) => {
  const [one, two] = [createStage(t), createStage(t)]
  const held = one.start(applyArguments, { held: true })
  await one.reached()
  t.is((await two.run(applyArguments)).code, 0)
  one.release()
  t.is((await held.ended).code, 0)
})
