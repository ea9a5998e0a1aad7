import type { Family } from '../../net/addresses.ts'
import { sysctlPath, sysctlValue } from '../../net/sysctls.ts'
import type { Path } from '../located.ts'
import { addressesOf } from './addresses.ts'
import { familyOfForwarding, familyOfMasquerade } from './firewall.ts'
import { describeSize, isMore, numberOf, sizeOf } from './sizes.ts'
import type { Check, Link, Problem, Topology } from './topology.ts'

/** The parameters that turn forwarding off, and for whom. */
const SWITCHES: Readonly<Record<string, Family>> = {
  'net/ipv4/ip_forward': 'inet',
  'net/ipv4/conf/all/forwarding': 'inet',
  'net/ipv6/conf/all/forwarding': 'inet6',
}

/** Forwarding turned off by hand, where another section of the file needs it. */
export const lintForwardingOff: Check = (topology) =>
  Object.entries(topology.config.sysctls ?? {}).flatMap(([key, value]): readonly Problem[] => {
    const family = SWITCHES[sysctlPath(key)]
    const user = family && sysctlValue(value) === '0' ? findUser(topology, family) : undefined
    if (!user) return []
    const message = `${key} is off, and ${user.title} needs it`
    const hint = 'without this line it is turned on'
    const path = ['sysctls', key]
    return [{ severity: 'warning', code: 'lint', message, path, hint, related: user.path }]
  })

/** A bridge does not send back by the port that a frame came in by, unless hairpin says so. */
export const lintHairpin: Check = (topology) => {
  const pods = listPods(topology).filter(({ port }) => port.data.hairpin === false)
  if (pods.length === 0) return []
  const endpoints = new Map(
    topology.services.flatMap((entry) =>
      entry.endpoints.map(({ address }) => [address, entry] as const),
    ),
  )
  return pods.flatMap(({ port, pod }): readonly Problem[] => {
    const found = addressesOf(pod).find(({ address }) => endpoints.has(address))
    const service = endpoints.get(found?.address ?? '')
    if (!service) return []
    const message = `${pod.title} is an endpoint of ${service.title}, and does not reach itself by it`
    const hint = 'without this line, hairpin is turned on'
    const path = [...port.path, 'hairpin']
    return [{ severity: 'warning', code: 'lint', message, path, hint, related: service.path }]
  })
}

/** A bridge sends no "packet too big": what a pod sends is lost where the tunnel takes less. */
export const lintPodMtu: Check = (topology) => {
  const tunnels = topology.links.filter(({ kind }) => kind === 'vxlan')
  return listPods(topology).flatMap(({ port, pod }): readonly Problem[] => {
    const end = pod.data.mtu === undefined ? port : pod
    const size = sizeOf(topology, end)
    const tunnel = tunnels.find(
      (one) =>
        one.namespace === port.namespace &&
        one.data.bridge === port.data.bridge &&
        isMore(size, sizeOf(topology, one)),
    )
    const taken = tunnel && sizeOf(topology, tunnel)
    if (!tunnel || !size || !taken) return []
    const [has, most] = [describeSize(size), describeSize(taken)]
    const message = `the mtu of ${end.title} is ${has}, and ${tunnel.title} on the same bridge takes ${most} only`
    const cure = numberOf(taken) ?? `"like ${tunnel.name}"`
    const hint = `larger packets are lost on their way to other nodes: give it ${cure}`
    const path = [...end.path, 'mtu']
    const related = [...tunnel.path, 'mtu']
    return [{ severity: 'warning', code: 'lint', message, path, hint, related }]
  })
}

interface User {
  readonly title: string
  readonly path: Path
}

/** The first of what needs the node to forward packets of that family. */
const findUser = ({ config, services }: Topology, family: Family): User | undefined => {
  const isOf = (said: Family | undefined): boolean => said === undefined || said === family
  const masquerade = (config.masquerade ?? []).findIndex((entry) => isOf(familyOfMasquerade(entry)))
  if (masquerade >= 0) return { title: 'masquerade', path: ['masquerade', masquerade] }
  const forwarding = (config.forwarding ?? []).findIndex(
    (entry) => (entry.action ?? 'accept') === 'accept' && isOf(familyOfForwarding(entry)),
  )
  if (forwarding >= 0) return { title: 'forwarding', path: ['forwarding', forwarding] }
  return services.find(({ families }) => families.has(family))
}

/** Two ends of a pair: a port of a bridge, and what is behind it. */
interface Pod {
  readonly port: Link
  readonly pod: Link
}

const listPods = ({ links }: Topology): readonly Pod[] =>
  links.flatMap((link, index) => {
    const peer = links[index + 1]
    if (link.kind !== 'veth' || peer?.kind !== 'peer') return []
    return [
      ...(link.data.bridge === undefined ? [] : [{ port: link, pod: peer }]),
      ...(peer.data.bridge === undefined ? [] : [{ port: peer, pod: link }]),
    ]
  })
