// packaging/prometheus: the alerts and the dashboard, by promtool, and beside what a real `netplan watch` exports.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { run } from '../run.ts'
import { packaging } from './unit.ts'

const folder = join(packaging, 'prometheus')
const place = mkdtempSync('/run/netplan-test-')
const node = createNode()
test.after.always(() => {
  node.remove()
  rmSync(place, { recursive: true })
})

/** What a watch of a node that differs exports. */
const exported = async (): Promise<string> => {
  const [file, config] = [join(place, 'metrics.prom'), join(place, 'netplan.yaml')]
  writeFileSync(config, 'bridges:\n  br0: {}\n')
  const flags = ['-f', config, '--once', '--dry-run', '--metrics-file', file]
  const { code, stderr } = await run([...program, 'watch', ...flags], { netns: node.name })
  if (code !== 2) throw new Error(`netplan watch ended with ${code}: ${stderr}`)
  return readFileSync(file, 'utf8')
}

/** The names of the series: those of a histogram are three. */
const seriesOf = (exposition: string): ReadonlySet<string> => {
  const types = [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    ),
  )
}

const mentioned = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\bnetplan_[a-z_]+/g)].map(([name]) => name)),
]

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly datasource: { readonly uid: string }
  readonly targets: readonly { readonly refId: string; readonly expr: string }[]
}

interface Dashboard {
  readonly uid: string
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly { readonly name: string }[] }
  readonly panels: readonly Panel[]
}

const dashboard = JSON.parse(
  readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8'),
) as Dashboard
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const checked = isInstalled('promtool', 'prometheus') ? test : test.skip

checked('the alerts are rules, and fire when they should, by promtool', async (t) => {
  for (const argv of [
    ['check', 'rules', 'netplan.rules.yml'],
    ['test', 'rules', 'netplan.rules.test.yml'],
  ]) {
    const { code, stdout, stderr } = await run(['promtool', ...argv], { cwd: folder })
    t.is(code, 0, stdout + stderr)
  }
  const rules = readFileSync(join(folder, 'netplan.rules.yml'), 'utf8')
  const tests = readFileSync(join(folder, 'netplan.rules.test.yml'), 'utf8')
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name)
  t.is(alerts.length, 8)
  for (const name of alerts)
    t.regex(tests, new RegExp(`alertname: ${name}\\n *exp_alerts:\\n`), name)
})

checked('what a watch exports is sound, by promtool', async (t) => {
  const input = await exported()
  t.regex(input, /^netplan_drift_resources\{kind="link",action="create"\} 1$/m)
  const { code, stdout, stderr } = await run(['promtool', 'check', 'metrics'], { input })
  t.deepEqual([code, stdout + stderr], [0, ''])
})

test('alerts and dashboard ask for nothing but what a watch exports', async (t) => {
  const series = seriesOf(await exported())
  for (const name of ['netplan.rules.yml', 'netplan.rules.test.yml', 'grafana-dashboard.json']) {
    const names = mentioned(readFileSync(join(folder, name), 'utf8'))
    t.true(names.length > 3)
    t.deepEqual(
      names.filter((one) => !series.has(one)),
      [],
      name,
    )
  }
  // And what is exported is shown.
  const shown = new Set(expressions.flatMap(mentioned).map((one) => one.replace('_bucket', '')))
  t.deepEqual(
    [...series]
      .map((one) => one.replace(/_(bucket|sum|count)$/, ''))
      .filter((one) => !shown.has(one)),
    [],
  )
})

checked('what the dashboard asks for is PromQL, by promtool', async (t) => {
  const rules = expressions.map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '5m'),
  }))
  const file = join(place, 'panels.json')
  // YAML takes JSON.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  const { code, stdout, stderr } = await run(['promtool', 'check', 'rules', file])
  t.is(code, 0, stdout + stderr)
  t.regex(stdout, new RegExp(`${expressions.length} rules found`))
})

test('the dashboard is one that Grafana can import', (t) => {
  const { panels, templating, schemaVersion, uid } = dashboard
  t.true(schemaVersion >= 36)
  t.is(uid, 'netplan')
  t.deepEqual(
    templating.list.map(({ name }) => name),
    ['datasource', 'instance'],
  )
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length)
  const cells = new Set<string>()
  for (const { title, type, gridPos, datasource, targets } of panels) {
    t.true(['stat', 'timeseries', 'table'].includes(type), title)
    // Whoever imports it chooses the source of data.
    t.is(datasource.uid, '${datasource}')
    t.is(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
    t.true(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        t.false(cells.has(`${x},${y}`), `${title} lies over another panel`)
        cells.add(`${x},${y}`)
      }
  }
})
