import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { run } from '../run.ts'
import { program } from '../commands/cli.ts'
import { assertSame } from '../node/properties.ts'
import { applyArguments, createStage } from './stage.ts'

/** The process that watches over the last apply of a node. */
const watchdogOf = (pod: string): number => {
  const folder = readdirSync('/run/nodeplan')
    .map((inode) => join('/run/nodeplan', inode))
    .find((path) => {
      try {
        return readFileSync(join(path, 'netplan.journal'), 'utf8').includes(pod)
      } catch {
        return false
      }
    })
  const text = readFileSync(join(folder ?? '', 'netplan.journal.watch'), 'utf8')
  return Number(JSON.parse(text).pid)
}

test('a watchdog that was killed: what was not confirmed in time is cut short, and blocks nobody', async (t) => {
  const stage = createStage(t)
  const before = stage.look()
  t.is((await stage.run([...applyArguments, '--confirm-within', '1s'])).code, 0)
  process.kill(watchdogOf(stage.node.ns('pod')), 'SIGKILL')
  await sleep(1500)
  const check = await stage.run(['check', '--no-color'])
  t.regex(check.stderr, /was not confirmed in time, and nobody watched over it: netplan rollback/)
  const confirm = await stage.run(['confirm'])
  t.is(confirm.code, 1)
  t.regex(confirm.stderr, /the time to confirm is over/)
  t.is((await stage.run(applyArguments)).code, 0, 'a new apply keeps it')
  t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
  t.notThrows(() => assertSame('rollback', before, stage.look()))
})

test('a watchdog that does not come up: nothing is done, and an earlier way back is kept', async (t) => {
  const stage = createStage(t, 2)
  const before = stage.look()
  const apply = stage.start(applyArguments, { held: true })
  await stage.reached()
  apply.child.kill('SIGKILL')
  await apply.ended
  stage.release()
  const folder = `/run/no-watchdog-${process.pid}`
  mkdirSync(folder)
  t.teardown(() => rmSync(folder, { recursive: true }))
  // Whoever is to watch ends at once.
  writeFileSync(
    join(folder, 'nsenter'),
    '#!/bin/sh\ncase "$*" in *" watchdog "*) exit 1 ;; esac\nPATH=${PATH#*:} exec nsenter "$@"\n',
  )
  chmodSync(join(folder, 'nsenter'), 0o755)
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const flags = ['--confirm-within', '30s', '--lock-timeout', '30s', '--netns', stage.node.name]
  const argv = [...program, ...applyArguments, ...flags, '-f', '-']
  const { code, stderr } = await run(argv, { input: stage.yaml, env })
  t.is(code, 1, stderr)
  t.regex(stderr, /nothing was changed: the watchdog that would roll back does not come up/)
  t.is((await stage.run(['rollback', '--auto-approve'])).code, 0)
  t.notThrows(() => assertSame('rollback', before, stage.look()))
})
