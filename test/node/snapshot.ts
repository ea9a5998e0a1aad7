import { readdirSync } from 'node:fs'
import { sh } from './harness.ts'

type Row = Readonly<Record<string, unknown>>

/** What changes by itself: timers, carriers, duplicate address detection, what was learned. */
const volatile =
  /_timer$|^(operstate|tentative|qdisc|valid_life_time|preferred_life_time|expires|used|confirmed|updated|probes|refcnt|root_id|root_port|designated_.*|bridge_id|topology.*|id|no|state|link_netnsid|link_index)$/

const flags = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.filter(
        (flag) => !['NO-CARRIER', 'LOWER_UP', 'M-DOWN', 'linkdown', 'dead'].includes(String(flag)),
      )
    : value

const steady = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(steady)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !volatile.test(key))
      .map(([key, inner]) => [key, key === 'flags' ? flags(inner) : steady(inner)]),
  )
}

const isLearned = (row: Row): boolean => {
  const state = row['state']
  return Array.isArray(state) ? !state.includes('PERMANENT') : false
}

const lines = (rows: readonly Row[]): string[] =>
  rows.map((row) => JSON.stringify(steady(row))).sort()

const marker = '----'

/** One process a namespace: a test looks many times. */
const script = `
ip -j -N -d -batch - <<'lines'
addr show
route show table all
rule show
neigh show
neigh show proxy
lines
ip -6 -j -N -d rule show
bridge -j -d fdb show
echo ${marker}
cd /proc/sys/net && grep -sH '' ipv4/ip_forward ipv4/conf/*/forwarding ipv4/conf/*/rp_filter ipv6/conf/all/forwarding
`

/** The kernel's own entries follow addresses, some of them seconds later. */
const isLocal = (row: Row): boolean => row['table'] === '255' && row['protocol'] === '2'

// Link-local addresses come seconds after their link, and the routes and MACs that belong to them too.
const settled = (row: Row): boolean =>
  !/"(fe80:|ff00|ff02|33:33|01:00:5e)/.test(JSON.stringify(row))

const withoutLinkLocal = (row: Row): Row => ({
  ...row,
  addr_info: (row['addr_info'] as Row[]).filter(({ local }) => !String(local).startsWith('fe80')),
})

/** The state of one namespace, line by line, without what changes by itself. */
export const snapshotOf = (netns: string): string[] => {
  const printed = sh(['nsenter', `--net=/run/netns/${netns}`, 'sh', '-c', script])
  const [json = '', sysctls = ''] = printed.split(`${marker}\n`)
  const [links = [], routes = [], rules = [], neighbors = [], proxies = [], rules6 = [], fdb = []] =
    json
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row[])
  return [
    ...lines(links.map(withoutLinkLocal)),
    ...lines(routes.filter((row) => settled(row) && !isLocal(row))),
    ...lines(rules),
    ...lines(rules6),
    ...lines(neighbors.filter((row) => !isLearned(row))),
    ...lines(proxies),
    ...lines(fdb.filter(settled).filter((row) => row['state'] !== '')),
    ...sysctls
      .split('\n')
      .filter((line) => line !== '')
      .sort(),
  ]
}

/** The names below /run/netns that begin so. */
export const namespacesOf = (prefix: string): string[] =>
  readdirSync('/run/netns')
    .filter((name) => name === prefix || name.startsWith(`${prefix}-`))
    .sort()

/** A node with all its namespaces. */
export const snapshot = (node: string): string[] =>
  namespacesOf(node).flatMap((name) => snapshotOf(name).map((line) => `${name}: ${line}`))
