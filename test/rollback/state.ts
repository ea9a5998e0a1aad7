import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { stateDirectory } from '../../src/kernel/state.ts'
import { sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { namespacesOf, snapshotOf } from '../node/snapshot.ts'

/** Everything of a node that has to be as it was, line by line. */
export interface State {
  readonly lines: readonly string[]
  /** By namespace and name of a link, its ifindex. */
  readonly indexes: ReadonlyMap<string, number>
}

/** All parameters, and what has an order: rules, and routes that differ in nothing that is a key. */
const script = `
grep -rsH '' /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/neigh \\
  /proc/sys/net/ipv6/neigh /proc/sys/net/ipv4/ip_forward
ip -N rule show
ip -N -6 rule show
ip -N -d -4 route show table all | grep -v 'proto 2 '
`

const orderOf = (namespace: string): readonly string[] => {
  const enter = ['nsenter', `--net=/run/netns/${namespace}`, 'sh', '-c', `${script}:\n`]
  const [sysctls, rest] = split(sh(enter).split('\n'), (line) => line.startsWith('/proc/sys/'))
  // The order in which /proc lists devices is that of their making.
  const lines = rest.map((line) => line.replace(/ (linkdown|dead)\b/g, ''))
  return [...sysctls.sort(), sortTwins(lines).join('\n')]
}

/** Which of two rules comes first that differ in their protocols alone is all the same. */
const sortTwins = (lines: readonly string[]): readonly string[] => {
  const isRule = /^\d+:/
  const textOf = (line: string): string => line.replace(/ proto \d+$/, '')
  const sorted: string[] = []
  for (const line of lines) {
    let at = sorted.length
    const isTwin = (other: string): boolean => isRule.test(line) && textOf(other) === textOf(line)
    while (at > 0 && isTwin(sorted[at - 1]!) && sorted[at - 1]! > line) at -= 1
    sorted.splice(at, 0, line)
  }
  return sorted
}

const split = <T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] => [
  items.filter(test),
  items.filter((item) => !test(item)),
]

/** A table that came into being cannot be undone: it is empty, and lets everything pass. */
const isUntouched = (table: string): boolean =>
  table.split('\n').every((line) => /^(\*\S+|:\S+ ACCEPT.*|COMMIT|)$/.test(line))

const tablesOf = (namespace: string): readonly string[] =>
  ['iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy'].flatMap((program) =>
    sh(['nsenter', `--net=/run/netns/${namespace}`, `${program}-save`])
      .replace(/^#.*\n/gm, '')
      .replace(/ \[\d+:\d+\]$/gm, '')
      .split(/(?<=^COMMIT\n)/m)
      .filter((table) => !isUntouched(table))
      .map((table) => `${program}: ${table}`),
  )

interface Devices {
  readonly indexes: ReadonlyMap<string, number>
  readonly macs: ReadonlySet<string>
}

const devicesOf = (namespace: string, lines: readonly string[]): Devices => {
  const indexes = new Map<string, number>()
  const macs = new Set<string>()
  for (const line of lines) {
    if (!line.startsWith('{"ifindex"')) continue
    const { ifindex, ifname, address } = JSON.parse(line)
    indexes.set(`${namespace}/${String(ifname)}`, Number(ifindex))
    macs.add(String(address))
  }
  return { indexes, macs }
}

/** Entries for the MAC of a device are the bridge's own, or learned: both come and go by themselves. */
const isOwnEntry = (line: string, macs: ReadonlySet<string>): boolean =>
  macs.has(/^\{"mac":"([0-9a-f:]{17})"/.exec(line)?.[1] ?? '')

/** What is noted, with whether it is of what is there now: numbers differ where it was made again. */
const recordsOf = ({ name }: TestNode, indexes: ReadonlyMap<string, number>): readonly string[] => {
  const folder = join(stateDirectory, String(statSync(`/run/netns/${name}`).ino))
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.sort().flatMap((file) => {
    const { entries, owner } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    // An owner who noted nothing, and one who never was here, are the same to everybody.
    if (Object.keys(entries).length === 0) return []
    const told = Object.entries(entries).map(([identity, noted]) => [
      identity,
      tell(identity, noted as Noted, { node: name, indexes }),
    ])
    return [JSON.stringify({ owner, entries: Object.fromEntries(told) })]
  })
}

interface Noted {
  readonly inode?: number
  readonly born?: string
  readonly path?: string
  readonly index?: number
}

const inodeOf = (path: string): number => (existsSync(path) ? statSync(path).ino : -1)

const isOf = (now: number | undefined, noted: number): string =>
  noted === 0 ? 'to come' : noted === now ? 'there' : 'stale'

const tell = (
  identity: string,
  { inode, born, index, ...noted }: Noted,
  { node, indexes }: { node: string; indexes: ReadonlyMap<string, number> },
): unknown => {
  const [, space] = /^namespace (.*)$/.exec(identity) ?? []
  if (inode !== undefined && space !== undefined) {
    const now = inodeOf(noted.path ?? `/run/netns/${space}`)
    return { ...noted, born: born !== undefined, inode: isOf(now, inode) }
  }
  const [, link, where = node] = /(?:^link | on )(\S+)(?: in (\S+))?$/.exec(identity) ?? []
  if (index === undefined || link === undefined) return noted
  return { ...noted, index: isOf(indexes.get(`${where}/${link}`), index) }
}

/** While STP spreads a change, a bridge forgets sooner (N-31): for a while, and by itself. */
const withoutPassing = (line: string): string =>
  line.includes('"stp_state":1') ? line.replace(/"ageing_time":\d+,/, '') : line

const isPortOf =
  (bridge: string) =>
  (line: string): boolean =>
    line.startsWith('{"ifindex"') && line.includes(`"master":"${bridge}"`)

/** A bridge without ports has the MAC of the last one that left it, or none, and nobody speaks through it. */
const withoutIdleMac = (line: string, namespace: readonly string[]): string => {
  const [, name] = /^\{"ifindex":\d+,"ifname":"([^"]+)".*"info_kind":"bridge"/.exec(line) ?? []
  const isIdle = name !== undefined && !namespace.some(isPortOf(name))
  return isIdle ? line.replace(/"(address|tso_max_size)":("[0-9a-f:]{17}"|\d+),/g, '') : line
}

/** Everything of a node and its namespaces that somebody could miss. */
export const stateOf = (node: TestNode, firewall: boolean): State => {
  const shown = namespacesOf(node.name).map((name) => ({ name, lines: snapshotOf(name) }))
  const devices = shown.map(({ name, lines }) => devicesOf(name, lines))
  const macs = new Set(devices.flatMap((one) => [...one.macs]))
  const indexes = new Map(devices.flatMap((one) => [...one.indexes]))
  const lines = shown.flatMap(({ name, lines: all }) => [
    `${name} is there`,
    ...all
      .filter((line) => !isOwnEntry(line, macs))
      .map((line) => withoutIdleMac(withoutPassing(line), all))
      .map((line) => `${name}: ${line.replace(/"ifindex":\d+,/, '')}`),
    ...orderOf(name).map((line) => `${name}: ${line}`),
  ])
  const rules = firewall ? tablesOf(node.name) : []
  return { lines: [...lines, ...rules, ...recordsOf(node, indexes)], indexes }
}

const count = (lines: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

const without = (lines: readonly string[], others: readonly string[]): readonly string[] => {
  const known = count(others)
  return [...count(lines)].flatMap(([line, times]) =>
    times > (known.get(line) ?? 0) ? [line] : [],
  )
}

/** What is an object of JSON, as lines of its own: so that what differs in it can be told. */
const tokensOf = (line: string): readonly string[] => line.split(/,(?=["{])|\n/)

const shown = 90

/** Of two lines that begin alike, what is in the one alone. */
const shorten = (line: string, others: readonly string[]): string => {
  const other = others.find((one) => one.slice(0, shown) === line.slice(0, shown))
  if (other === undefined) return line
  const known = tokensOf(other)
  return `${line.slice(0, shown)} … ${tokensOf(line)
    .filter((token) => !known.includes(token))
    .join(' … ')}`
}

/**
 * What differs, a line each; nothing where nothing does.
 *
 * @param stays whether a link must still be the same one
 */
export const compareStates = (
  before: State,
  after: State,
  stays: (link: string) => boolean,
): readonly string[] => {
  const gone = without(before.lines, after.lines)
  const come = without(after.lines, before.lines)
  return [
    ...gone.map((line) => `- ${shorten(line, come)}`),
    ...come.map((line) => `+ ${shorten(line, gone)}`),
    ...[...before.indexes]
      .filter(([link, index]) => stays(link) && after.indexes.get(link) !== index)
      .map(([link]) => `another ${link} has its name`),
  ]
}
