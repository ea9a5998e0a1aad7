import { familyOf } from '../net/addresses.ts'
import type { Attachment, Wire } from './attachments.ts'
import type { Configuration } from './configuration.ts'
import { invalidConfig } from './decode.ts'
import type { Environment } from './environment.ts'
import { hostDevice } from './names.ts'
import type { Result, Route } from './result.ts'

/** Whether another plugin has made the device that is asked for: then there is only to be added to what it did. */
export const isChained = ({ prevResult }: Configuration, { ifname, netns }: Environment): boolean =>
  prevResult?.interfaces.some(
    ({ name, sandbox }) => name === ifname && (sandbox ?? '') !== '' && sandbox === netns,
  ) ?? false

const wireOf = (
  { name, bridge, mtu, mac, hairpinMode, portIsolation, promiscMode }: Configuration,
  { containerId, ifname }: Environment,
): Wire => ({
  ...{ bridge, mtu, mac },
  host: hostDevice(name, containerId, ifname),
  hairpin: hairpinMode,
  isolated: portIsolation,
  promisc: promiscMode,
})

/** What the bridge answers as: the gateways, with the prefix lengths of their subnets. */
const gatewaysOf = ({ ips }: Result): readonly string[] =>
  ips.flatMap(({ address, gateway }) =>
    gateway === undefined ? [] : [`${gateway}/${address.split('/')[1] ?? ''}`],
  )

/** Those of the network, and by default one for each family. */
const defaultRoutes = ({ ips, routes }: Result): readonly Route[] => {
  const known = new Set(routes.map(({ dst }) => dst))
  return ips.flatMap(({ gateway }) => {
    if (gateway === undefined) return []
    const dst = familyOf(gateway) === 'inet' ? '0.0.0.0/0' : '::/0'
    if (known.has(dst)) return []
    known.add(dst)
    return [{ dst, gw: gateway }]
  })
}

/** The device behind which another plugin's pod is: its own end in the node. */
const deviceOf = ({ interfaces }: Result): string | undefined =>
  interfaces.find(({ sandbox, name }) => (sandbox ?? '') === '' && name !== '')?.name

/** What the addresses of a pod, and the routes that it is given, come to. */
export const addressed = ({ isDefaultGateway }: Configuration, assigned: Result): Result => {
  const extra = isDefaultGateway ? defaultRoutes(assigned) : []
  return { ...assigned, routes: [...assigned.routes, ...extra] }
}

/** A route of no gateway leads to that of its family. */
const withGateway = (route: Route, { ips }: Result): Route => {
  if (route.gw !== undefined) return route
  const gateway = ips.find((ip) => familyOf(ip.address) === familyOf(route.dst))?.gateway
  return gateway === undefined ? route : { ...route, gw: gateway }
}

/** What a node is to have for a pod that ADD was asked for. */
export const attachmentOf = (
  configuration: Configuration,
  environment: Environment,
  assigned: Result,
): Attachment => {
  const { containerId, ifname, netns } = environment
  const { name, ipMasq, isGateway, portMaps, prevResult } = configuration
  const chained = isChained(configuration, environment)
  const own = chained && prevResult ? prevResult : assigned
  const addresses = own.ips.map(({ address }) => address)
  if (portMaps.length > 0 && addresses.length === 0)
    throw invalidConfig('portMappings need addresses')
  const wire = chained ? undefined : wireOf(configuration, environment)
  return {
    network: name,
    ...{ containerId, ifname, netns, wire, addresses, portMaps },
    device: wire ? wire.bridge : deviceOf(own),
    gateways: !chained && isGateway ? [...new Set(gatewaysOf(own))] : [],
    routes: chained ? [] : own.routes.map((route) => withGateway(route, own)),
    masquerade: ipMasq,
  }
}
