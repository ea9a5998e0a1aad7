import type { Resource } from '../../src/resources/kind.ts'
import type { Address } from '../../src/resources/address.ts'
import type { Fdb } from '../../src/resources/fdb.ts'
import type { Link } from '../../src/resources/link/link.ts'
import type { Neighbor } from '../../src/resources/neighbor.ts'
import type { Route } from '../../src/resources/route/route.ts'
import type { Rule } from '../../src/resources/rule/rule.ts'
import type { Sysctl } from '../../src/resources/sysctl.ts'

/** A change that somebody makes by hand: the program and what it hits. */
export interface Blow {
  readonly namespace: string
  readonly argv: readonly string[]
  /** The identity that a plan must name. */
  readonly hits: string
}

const blow = (resource: Resource, identity: string, line: string): Blow => ({
  namespace: resource.namespace,
  argv: line.split(' '),
  hits: identity,
})

const hitLink = (link: Link, identity: string): readonly Blow[] => {
  if (link.type === 'device') return []
  const down = blow(link, identity, `ip link set dev ${link.name} down`)
  if (link.type === 'loopback') return [down]
  const { mtu, mac, bridge } = link.attributes
  return [
    down,
    blow(link, identity, `ip link delete dev ${link.name}`),
    // A pair is ours by either end; anything else without its mark is not ours any more.
    ...(link.madeBy === undefined
      ? []
      : [blow(link, identity, `ip link set dev ${link.name} group 0`)]),
    ...(typeof mtu === 'number'
      ? [blow(link, identity, `ip link set dev ${link.name} mtu 1333`)]
      : []),
    ...(typeof mac === 'string'
      ? [blow(link, identity, `ip link set dev ${link.name} address 02:00:00:00:dd:dd`)]
      : []),
    ...(typeof bridge === 'string'
      ? [blow(link, identity, `ip link set dev ${link.name} nomaster`)]
      : []),
  ]
}

const hitRoute = (
  { namespace, family, to, table, metric, mark }: Route,
  identity: string,
): readonly Blow[] => {
  const key = `${to} table ${String(table)} metric ${String(metric)} proto ${String(mark)}`
  const six = family === 'inet6' ? '-6 ' : ''
  return [{ namespace, argv: `ip ${six}route delete ${key}`.split(' '), hits: identity }]
}

const hitRule = (rule: Rule, identity: string): readonly Blow[] => {
  const six = rule.family === 'inet6' ? '-6 ' : ''
  return [
    blow(
      rule,
      identity,
      `ip ${six}rule delete priority ${String(rule.priority)} ${rule.words.join(' ')}`,
    ),
  ]
}

const hitFdb = ({ namespace, link, mac, remote }: Fdb, identity: string): readonly Blow[] =>
  remote === undefined
    ? []
    : [
        {
          namespace,
          argv: `bridge fdb delete ${mac} dev ${link} dst ${remote} self`.split(' '),
          hits: identity,
        },
      ]

const hitAddress = (address: Address, identity: string): readonly Blow[] => [
  blow(address, identity, `ip address delete ${address.address} dev ${address.link}`),
]

const hitNeighbor = (neighbor: Neighbor, identity: string): readonly Blow[] => [
  blow(neighbor, identity, `ip neighbour delete ${neighbor.address} dev ${neighbor.link}`),
]

const hitSysctl = (sysctl: Sysctl, identity: string): readonly Blow[] => [
  blow(
    sysctl,
    identity,
    `sysctl -qw ${sysctl.path}=${sysctl.attributes['value'] === '1' ? '0' : '1'}`,
  ),
]

/** Every way to break a desired object by hand. */
export const blowsAt = (resource: Resource, identity: string): readonly Blow[] => {
  switch (resource.kind) {
    case 'link':
      return hitLink(resource as Link, identity)
    case 'address':
      return hitAddress(resource as Address, identity)
    case 'route':
      return hitRoute(resource as Route, identity)
    case 'rule':
      return hitRule(resource as Rule, identity)
    case 'fdb':
      return hitFdb(resource as Fdb, identity)
    case 'neighbor':
      return hitNeighbor(resource as Neighbor, identity)
    case 'sysctl':
      return hitSysctl(resource as Sysctl, identity)
    case 'namespace':
      return [
        blow(resource, identity, `ip netns delete ${(resource as { name?: string }).name ?? ''}`),
      ]
    default:
      return []
  }
}
