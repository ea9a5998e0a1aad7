import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import type { Expansion } from '../../src/expand/index.ts'
import { markLockouts } from '../../src/guards/lockout.ts'
import type { IpLink, IpRoute } from '../../src/kernel/ip.ts'
import type { Json } from '../../src/kernel/reader.ts'
import { isLinkLocal, networkOf } from '../../src/net/addresses.ts'
import { makePlan, observeAll } from '../../src/plan/plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/resources/index.ts'
import { linkGroup } from '../../src/resources/ownership.ts'
import { emptyNode, readFixture } from '../plan/fixture.ts'
import type { RecordedDump } from '../plan/fixture.ts'

const owner = 111

/** A link of a node, and what is on it. */
export interface GivenLink {
  readonly name: string
  /** Default: a device. */
  readonly type?: string
  readonly ours?: boolean
  readonly down?: boolean
  readonly mac?: string
  readonly bridge?: string
  /** The ifindex of the other end of a veth, in another namespace or, with its name, in this. */
  readonly peer?: number | string
  readonly data?: Readonly<Record<string, unknown>>
  readonly addresses?: readonly string[]
}

/** "default via 10.1.0.1 dev eth0 metric 100 ours" */
type GivenRoute = string

interface GivenPlace {
  /** Their ifindexes are their places, from `first`. */
  readonly links?: readonly GivenLink[]
  readonly first?: number
  readonly routes?: readonly GivenRoute[]
}

export interface Given extends GivenPlace {
  readonly namespaces?: Readonly<Record<string, GivenPlace>>
  readonly records?: Readonly<Record<string, Json>>
  readonly sysctls?: Readonly<Record<string, string>>
  readonly ssh?: string
}

const addressOf = (text: string): IpLink['addr_info'][number] => {
  const [local = '', length] = text.split('/')
  const family = local.includes(':') ? 'inet6' : 'inet'
  return { family, local, prefixlen: Number(length), scope: isLinkLocal(local) ? '253' : '0' }
}

const linkOf = (given: GivenLink, ifindex: number): IpLink => {
  const { name, type, ours = false, down = false, bridge, peer, data = {} } = given
  const ends = typeof peer === 'number' ? { link_index: peer, link_netnsid: 0 } : { link: peer }
  const slave = bridge === undefined ? {} : { info_slave_kind: 'bridge', info_slave_data: {} }
  return {
    ifindex,
    ifname: name,
    flags: down ? [] : ['UP'],
    mtu: 1500,
    group: ours ? String(linkGroup({ id: owner })) : '0',
    address: given.mac ?? `02:00:00:00:00:0${String(ifindex % 10)}`,
    addr_info: (given.addresses ?? []).map(addressOf),
    ...(bridge === undefined ? {} : { master: bridge }),
    ...(peer === undefined ? {} : ends),
    linkinfo: { ...(type === undefined ? {} : { info_kind: type }), info_data: data, ...slave },
  } as IpLink
}

const routeOf = (given: GivenRoute): IpRoute => {
  const words = given.split(' ')
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined
  const [dst = ''] = words
  const isIPv6 = given.includes(':')
  const metric = after('metric')
  const via = after('via')
  return {
    type: '1',
    dst,
    table: '254',
    protocol: words.includes('ours') ? String(owner) : (after('proto') ?? '3'),
    ...(via === undefined ? {} : { gateway: via }),
    dev: after('dev') ?? '',
    ...(metric === undefined ? (isIPv6 ? { metric: 1024 } : {}) : { metric: Number(metric) }),
    ...(isIPv6 ? { pref: 'medium' } : {}),
  }
}

/** What the kernel makes for each address. */
const connectedRoutes = (links: readonly GivenLink[]): readonly IpRoute[] =>
  links.flatMap(({ name, addresses = [] }) =>
    addresses.map((address) => {
      const isIPv6 = address.includes(':')
      return routeOf(`${networkOf(address)} dev ${name} proto 2 metric ${isIPv6 ? '256' : '0'}`)
    }),
  )

const dumpOf = ({ links = [], routes = [], first = 2 }: GivenPlace): RecordedDump => {
  const { ip } = emptyNode.namespaces['']!
  return {
    ...ip,
    links: [...ip.links, ...links.map((link, index) => linkOf(link, first + index))],
    routes: [...connectedRoutes(links), ...routes.map(routeOf)],
  }
}

const expandText = async (yaml: string): Promise<Expansion> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return expand(result.source.config, result.source.locate, 'node-1')
}

/** The plan for a configuration and a node, with its lock-outs marked. */
export const planOf = async (
  yaml: string,
  given: Given,
): Promise<{ readonly plan: Plan; readonly expansion: Expansion }> => {
  const expansion = await expandText(yaml)
  const places = Object.entries({ '': given, ...given.namespaces })
  const reader = readFixture({
    ...emptyNode,
    files: Object.fromEntries(
      places
        .filter(([name]) => name !== '')
        .map(([name], index) => [
          name,
          { path: `/run/netns/${name}`, inode: 10 + index, born: '1', stale: false, empty: false },
        ]),
    ),
    namespaces: Object.fromEntries(
      places.map(([name, place]) => [
        name,
        { ip: dumpOf(place), fdb: [], sysctls: given.sysctls ?? {} },
      ]),
    ),
    records: given.records ?? {},
  })
  const observed = await observeAll(kinds, reader, expansion.resources)
  const options = { owner: { ...expansion.owner, records: reader.records }, adopt: false }
  const result = makePlan(kinds, expansion.resources, observed, options)
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return { plan: markLockouts(result.plan, observed, { sshConnection: given.ssh }), expansion }
}

const marks = { create: '+', update: '~', replace: '-/+', delete: '-' } as const

/** What is marked: "- route default: is the default route". */
export const lockoutsOf = async (yaml: string, given: Given): Promise<readonly string[]> => {
  const { plan } = await planOf(yaml, given)
  return plan.changes.flatMap(({ action, title, lockout }) =>
    lockout === undefined ? [] : [`${marks[action]} ${title}: ${lockout}`],
  )
}
