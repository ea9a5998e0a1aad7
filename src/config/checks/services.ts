import { nameFamily } from './prefixes.ts'
import type { ServiceEntry, Spot } from './service-entries.ts'
import { findTwins, type Check, type Problem } from './topology.ts'

const each =
  (check: (entry: ServiceEntry) => readonly Problem[]): Check =>
  ({ services }) =>
    services.flatMap(check)

/** Services that nothing leads to. */
export const checkReachable = each(({ service, title, path }) => {
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], ports } = service
  const ips = clusterIPs.length + externalIPs.length + loadBalancerIPs.length
  if (ips > 0 || ports.some(({ nodePort }) => nodePort !== undefined)) return []
  const hint =
    'give it "clusterIPs", "externalIPs" or "loadBalancerIPs", or one of its ports a "nodePort"'
  return [{ code: 'value', message: `nothing leads to ${title}`, path, hint }]
})

/** Several ports are told apart by their names, and one is there once. */
export const checkPorts = each((entry) => {
  const { ports } = entry
  const nameless = ports.length > 1 ? ports.filter(({ port }) => port.name === undefined) : []
  return [
    ...nameless.map(({ path, text }): Problem => {
      const message = `port ${text} of ${entry.title} needs "name"`
      return { code: 'value', message, path, hint: 'it tells the ports of a service apart' }
    }),
    ...findTwins(ports, ({ port }) => port.name).map(([{ port, path }, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has two ports of the name ${port.name}`,
      path: [...path, 'name'],
      related: [...first.path, 'name'],
    })),
    ...findTwins(ports, ({ text }) => text).map(([{ text, path }, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has port ${text} twice`,
      path: [...path, 'port'],
      related: [...first.path, 'port'],
    })),
  ]
})

/** A port of the node leads to one service. That of UDP is another than that of TCP. */
export const checkNodePorts: Check = ({ services }) => {
  const ports = services.flatMap((entry) => entry.ports.map((port) => ({ ...port, entry })))
  return findTwins(ports, ({ port: { nodePort, protocol = 'tcp' } }) =>
    nodePort === undefined ? undefined : `${nodePort}/${protocol}`,
  ).map(([{ port, path }, first]) => ({
    code: 'duplicate',
    message: `node port ${port.nodePort}/${port.protocol ?? 'tcp'} leads to ${first.entry.title} already`,
    path: [...path, 'nodePort'],
    related: [...first.path, 'nodePort'],
  }))
}

/** An address and port of one service that are another's too. */
export const checkServiceTwins: Check = ({ services }) => {
  const claims = services.flatMap((entry) => {
    const addresses = new Set(entry.faces.map(({ address }) => address))
    const ports = new Map(entry.ports.map((port) => [port.text, port]))
    return [...addresses].flatMap((address) =>
      [...ports.values()].map(({ text, path }) => ({
        text: `${address.includes(':') ? `[${address}]` : address}:${text}`,
        path: [...path, 'port'],
        entry,
      })),
    )
  })
  return findTwins(claims, ({ text }) => text).map(([{ text, path }, first]) => ({
    code: 'duplicate',
    message: `${text} leads to ${first.entry.title} already`,
    path,
    related: first.path,
  }))
}

/** An address or endpoint that a service has twice, and cluster IPs beyond one of each family. */
export const checkAddressesOnce = each((entry) => {
  const { faces, endpoints } = entry
  const clusterIPs = faces.filter(({ key }) => key === 'clusterIPs')
  const tellTwice =
    (what: string) =>
    ([spot, first]: readonly [Spot, Spot]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has the ${what} ${spot.address} twice`,
      path: spot.path,
      related: first.path,
    })
  return [
    ...findTwins(faces, ({ address }) => address).map(tellTwice('address')),
    ...findTwins(endpoints, ({ address }) => address).map(tellTwice('endpoint')),
    ...findTwins(clusterIPs, ({ family }) => family)
      .filter(([face, first]) => face.address !== first.address)
      .map(([{ family, path }, first]): Problem => ({
        code: 'value',
        message: `${entry.title} has two cluster IPs of ${nameFamily(family)}`,
        path,
        hint: 'one of each family; further addresses are "externalIPs"',
        related: first.path,
      })),
  ]
})
