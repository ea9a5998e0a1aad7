import test from 'ava'
import { pino } from 'pino'
import { makeReports } from '../../src/commands/watch-reports.ts'
import { openHealth } from '../../src/watch/health.ts'
import type { Outcome } from '../../src/watch/loop.ts'
import { openMetrics } from '../../src/watch/metrics.ts'

test('what was said before is not said again, and the end of what was wrong is', (t) => {
  const lines: string[] = []
  const write = (text: string): void => {
    const { message, by } = JSON.parse(text) as { message: string; by?: string }
    lines.push(by === undefined ? message : `${by}: ${message}`)
  }
  const log = pino({ level: 'info', messageKey: 'message' }, { write })
  const { ended, kept } = makeReports({
    ...{ log, metrics: openMetrics('1'), health: openHealth(1000), file: undefined },
  })
  const held: Outcome = { kind: 'held', reason: 'max-delete', error: 'too much' }
  const invalid: Outcome = { kind: 'failed', reason: 'invalid', error: 'line 1' }
  const inSync: Outcome = { kind: 'inSync' }
  for (const outcome of [inSync, held, held, inSync, inSync]) ended(outcome, 1)
  t.deepEqual(lines.splice(0), ['held back', 'the node is as described again'])
  for (const outcome of [inSync, { kind: 'applied', changes: 1 } as const]) {
    ended(invalid, 1)
    kept(outcome, 1)
  }
  ended({ kind: 'applied', changes: 2 }, 1)
  ended(inSync, 1)
  t.deepEqual(lines, [
    'the node could not be brought to what is described',
    'last good: changed and verified',
    'changed and verified',
  ])
})
