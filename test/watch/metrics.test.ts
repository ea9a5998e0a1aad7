import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { PlanDocument } from '../../src/present/document.ts'
import { openMetrics, writeMetrics } from '../../src/watch/metrics.ts'
import type { Metrics } from '../../src/watch/metrics.ts'

/** As much of a plan as metrics are made of. */
const planOf = (...changes: readonly { kind: string; actions: readonly string[] }[]) =>
  ({ changes }) as unknown as PlanDocument

const valueOf = async (metrics: Metrics, name: string): Promise<string | undefined> =>
  (await metrics.text())
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1)

test('what is kept beside a wish that cannot be had is a look too: it counts, and what it mended is no drift', async (t) => {
  const metrics = openMetrics('1')
  metrics.ended({ kind: 'failed', reason: 'invalid', error: 'no' }, 1)
  metrics.planned(planOf({ kind: 'route', actions: ['create'] }))
  metrics.kept({ kind: 'applied', changes: 1 }, 20)
  t.is(await valueOf(metrics, 'netplan_rounds_total{outcome="applied"}'), '1')
  t.is(await valueOf(metrics, 'netplan_rounds_total{outcome="failed"}'), '1')
  t.is(await valueOf(metrics, 'netplan_apply_duration_seconds_count'), '1')
  t.not(await valueOf(metrics, 'netplan_last_apply_timestamp_seconds'), '0')
  t.is(await valueOf(metrics, 'netplan_last_apply_success'), '0')
  t.notRegex(await metrics.text(), /^netplan_drift_resources\{/m)

  metrics.ended({ kind: 'failed', reason: 'invalid', error: 'no' }, 1)
  metrics.planned(planOf({ kind: 'route', actions: ['delete'] }))
  metrics.kept({ kind: 'held', reason: 'max-delete', error: 'no' }, 20)
  t.is(await valueOf(metrics, 'netplan_drift_resources{kind="route",action="delete"}'), '1')
  metrics.ended({ kind: 'inSync' }, 1)
  t.notRegex(await metrics.text(), /^netplan_drift_resources\{/m)
  t.is(await valueOf(metrics, 'netplan_last_apply_success'), '1')
})

test.serial('a file of metrics can be read by others, whatever the mask', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-metrics-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const mask = process.umask(0o077)
  t.teardown(() => process.umask(mask))
  const file = join(folder, 'netplan.prom')
  await writeMetrics(openMetrics('1'), file)
  t.is(statSync(file).mode & 0o777, 0o644)
})
