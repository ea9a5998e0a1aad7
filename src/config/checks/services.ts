import type { ServicePort } from '../config.ts'
import { nameFamily } from './prefixes.ts'
import { pathOfSpot, type ServiceEntry, type Spot } from './service-entries.ts'
import { checkEach, findTwins, none, type Check, type Problem } from './topology.ts'

const each =
  (check: (entry: ServiceEntry) => readonly Problem[]): Check =>
  ({ services }) =>
    checkEach(services, check)

/** Services that nothing leads to. */
export const checkReachable = each(({ service, title, path }) => {
  const { clusterIPs = [], externalIPs = [], loadBalancerIPs = [], ports } = service
  const ips = clusterIPs.length + externalIPs.length + loadBalancerIPs.length
  if (ips > 0 || ports.some(({ nodePort }) => nodePort !== undefined)) return none
  const hint =
    'give it "clusterIPs", "externalIPs" or "loadBalancerIPs", or one of its ports a "nodePort"'
  return [{ code: 'value', message: `nothing leads to ${title}`, path, hint }]
})

/** Several ports are told apart by their names, and one is there once. */
export const checkPorts = each((entry) => {
  const { ports } = entry
  if (ports.length < 2) return none
  const nameless = ports.filter(({ port }) => port.name === undefined)
  return [
    ...nameless.map((port): Problem => {
      const message = `port ${port.text} of ${entry.title} needs "name"`
      const hint = 'it tells the ports of a service apart'
      return { code: 'value', message, path: pathOfSpot(port), hint }
    }),
    ...findTwins(ports, ({ port }) => port.name).map(([port, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has two ports of the name ${port.port.name}`,
      path: [...pathOfSpot(port), 'name'],
      related: [...pathOfSpot(first), 'name'],
    })),
    ...findTwins(ports, ({ text }) => text).map(([port, first]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has port ${port.text} twice`,
      path: [...pathOfSpot(port), 'port'],
      related: [...pathOfSpot(first), 'port'],
    })),
  ]
})

/** A port of the node leads to one service. That of UDP is another than that of TCP. */
export const checkNodePorts: Check = ({ services }) => {
  const ports = services
    .filter((entry) => entry.ports.some(({ port }) => port.nodePort !== undefined))
    .flatMap((entry) => entry.ports.map((port) => ({ port, entry })))
    .filter(({ port: { port } }) => port.nodePort !== undefined)
  const textOf = ({ nodePort, protocol = 'tcp' }: ServicePort): string => `${nodePort}/${protocol}`
  return findTwins(ports, ({ port: { port } }) => textOf(port)).map(([{ port }, first]) => ({
    code: 'duplicate',
    message: `node port ${textOf(port.port)} leads to ${first.entry.title} already`,
    path: [...pathOfSpot(port), 'nodePort'],
    related: [...pathOfSpot(first.port), 'nodePort'],
  }))
}

/** An address and port of one service that are another's too. */
export const checkServiceTwins: Check = ({ services }) => {
  const claims = services.flatMap((entry) => {
    // One is there twice at times, which is told elsewhere; the last port of a number is the one.
    const addresses = uniqueBy(entry.faces, ({ address }) => address)
    const ports = uniqueBy(entry.ports, ({ text }) => text)
    return addresses.flatMap(({ address, family }) =>
      ports.map((port) => ({
        text: `${family === 'inet6' ? `[${address}]` : address}:${port.text}`,
        port,
        entry,
      })),
    )
  })
  return findTwins(claims, ({ text }) => text).map(([{ text, port }, first]) => ({
    code: 'duplicate',
    message: `${text} leads to ${first.entry.title} already`,
    path: [...pathOfSpot(port), 'port'],
    related: [...pathOfSpot(first.port), 'port'],
  }))
}

/** Each key once: where the first of it stands, the last of it. */
const uniqueBy = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] =>
  items.length < 2 ? items : [...new Map(items.map((item) => [keyOf(item), item])).values()]

const hasTwins = (spots: readonly Spot[]): boolean =>
  new Set(spots.map(({ address }) => address)).size < spots.length

/** An address or endpoint that a service has twice, and cluster IPs beyond one of each family. */
export const checkAddressesOnce = each((entry) => {
  const { faces, endpoints } = entry
  if (faces.length < 2 && !hasTwins(endpoints)) return none
  const clusterIPs = faces.filter(({ key }) => key === 'clusterIPs')
  const tellTwice =
    (what: string) =>
    ([spot, first]: readonly [Spot, Spot]): Problem => ({
      code: 'duplicate',
      message: `${entry.title} has the ${what} ${spot.address} twice`,
      path: pathOfSpot(spot),
      related: pathOfSpot(first),
    })
  return [
    ...findTwins(faces, ({ address }) => address).map(tellTwice('address')),
    ...findTwins(endpoints, ({ address }) => address).map(tellTwice('endpoint')),
    ...findTwins(clusterIPs, ({ family }) => family)
      .filter(([face, first]) => face.address !== first.address)
      .map(([face, first]): Problem => ({
        code: 'value',
        message: `${entry.title} has two cluster IPs of ${nameFamily(face.family)}`,
        path: pathOfSpot(face),
        hint: 'one of each family; further addresses are "externalIPs"',
        related: pathOfSpot(first),
      })),
  ]
})
