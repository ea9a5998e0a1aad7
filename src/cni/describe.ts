import type { Config } from '../config/config.ts'
import { expand } from '../expand/index.ts'
import type { Expansion } from '../expand/index.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import { familyOf, networkOf, withoutLength } from '../net/addresses.ts'
import type { Attachment } from './attachments.ts'
import type { PortMap } from './port-maps.ts'

/** Whose all that is that the plugin makes. */
export const cniOwner = 'netplan-cni'

type Bridge = NonNullable<Config['bridges']>[string]
type Veth = NonNullable<Config['veths']>[string]
type Masquerade = NonNullable<Config['masquerade']>[number]
type Rule = NonNullable<Config['iptables']>[number]
type Service = NonNullable<Config['services']>[string]

const unique = <T>(all: readonly T[]): readonly T[] => [...new Set(all)]

const host = (address: string): string =>
  `${withoutLength(address)}/${familyOf(address) === 'inet' ? '32' : '128'}`

/** What endpoints call this node: there is no other. */
const here = 'here'

/** How a bridge is to be. */
const bridgeOf = (
  name: string,
  attachments: readonly Attachment[],
  mac: string | undefined,
): Bridge => {
  const here = attachments.filter(({ wire }) => wire?.bridge === name)
  const mtu = here.flatMap(({ wire }) => wire?.mtu ?? []).at(-1)
  return {
    addresses: unique(here.flatMap(({ gateways }) => gateways)),
    ...(mtu === undefined ? {} : { mtu }),
    ...(mac === undefined ? {} : { mac }),
    ...(here.some(({ wire }) => wire?.promisc) ? { promiscuous: true } : {}),
  }
}

/**
 * The bridge of an attachment, as all attachments to it want it. One of somebody else is used as it is, and gets what
 * addresses it has not.
 */
const bridgeFor = (
  { wire }: Attachment,
  { attachments, there, mac }: Description,
): Pick<Config, 'bridges' | 'interfaces'> => {
  if (!wire) return {}
  const { bridge: name } = wire
  const bridge = bridgeOf(name, attachments, mac)
  if (!there) return { bridges: { [name]: bridge } }
  const addresses = (bridge.addresses ?? []).filter((one) => !there.has(one))
  // Another owner of netplan's lets nobody configure what is its own: where nothing is missing, nothing is asked.
  return addresses.length === 0 ? {} : { interfaces: { [name]: { addresses } } }
}

/** Where a route of a pod leads by default: to the gateway of its family. */
const vethOf = (
  { wire, ifname, containerId, addresses, routes }: Attachment,
  { there }: Description,
): Readonly<Record<string, Veth>> => {
  if (!wire) return {}
  const { bridge, host: name, mac, hairpin, isolated } = wire
  // A bridge passes nothing that is larger than it: what somebody set it up for is the pods' too.
  const mtu = wire.mtu ?? (there ? `like ${bridge}` : undefined)
  const same = mtu === undefined ? {} : { mtu }
  const end: Veth = {
    ...{ bridge, hairpin, isolated },
    ...same,
    peer: {
      ...{ name: ifname, namespace: containerId, addresses },
      ...same,
      ...(mac === undefined ? {} : { mac }),
      routes: routes.map(({ dst, gw, mtu: pathMtu, advmss, priority, table }) => ({
        to: dst,
        ...(gw === undefined ? {} : { via: gw }),
        ...(pathMtu === undefined ? {} : { mtu: pathMtu }),
        ...(advmss === undefined ? {} : { advmss }),
        ...(priority === undefined ? {} : { metric: priority }),
        ...(table === undefined ? {} : { table }),
      })),
    },
  }
  return { [name]: end }
}

/** What leaves by another device than the bridge leaves under the node's address. */
const masqueradeOf = ({ masquerade, addresses, wire }: Attachment): readonly Masquerade[] => {
  if (!masquerade) return []
  return addresses.map((address) =>
    wire
      ? { source: networkOf(address), exceptOutInterface: wire.bridge }
      : { source: host(address), exceptDestination: networkOf(address) },
  )
}

/** Two of the same text are one rule. */
const distinct = <T>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((one) => [JSON.stringify(one), one])).values(),
]

const isServed = ({ hostIP }: PortMap, address: string): boolean =>
  hostIP === undefined || familyOf(hostIP) === familyOf(address)

const nameOf = (
  { network, containerId, ifname }: Attachment,
  { hostIP = '', hostPort, protocol }: PortMap,
): string => `${network}/${containerId}:${ifname} ${hostIP}:${String(hostPort)}/${protocol}`

/** A mapped port is a service by a port of the node, whose one endpoint is here: senders stay who they are. */
const servicesOf = (attachment: Attachment): Readonly<Record<string, Service>> =>
  Object.fromEntries(
    attachment.portMaps.map((map): [string, Service] => {
      const { hostPort, containerPort, protocol, hostIP } = map
      const port = { protocol, port: hostPort, targetPort: containerPort }
      const endpoints = attachment.addresses
        .filter((address) => isServed(map, address))
        .map((address) => ({ address: withoutLength(address), node: here }))
      return [
        nameOf(attachment, map),
        {
          ports: [hostIP === undefined ? { ...port, nodePort: hostPort } : port],
          ...(hostIP === undefined ? {} : { externalIPs: [hostIP] }),
          externalTrafficPolicy: 'Local',
          endpoints,
        },
      ]
    }),
  )

/**
 * Who comes by a mapped port from the same bridge would get the answer past the node, which alone knows whom it is for.
 */
const answersOf = ({ addresses, portMaps }: Attachment): readonly Rule[] =>
  portMaps.flatMap((map) =>
    addresses
      .filter((address) => isServed(map, address))
      .map((address) => ({
        table: 'nat' as const,
        chain: 'POSTROUTING' as const,
        family: familyOf(address),
        rule:
          `-s ${networkOf(address)} -d ${host(address)} -p ${map.protocol} --dport ${String(map.containerPort)} ` +
          `-m conntrack --ctstate DNAT --ctorigdstport ${String(map.hostPort)} -j MASQUERADE`,
      })),
  )

/** What the kernel has to do for an attachment. */
const sysctlsOf = ({
  gateways,
  addresses,
  device,
  portMaps,
}: Attachment): Readonly<Record<string, number>> => {
  const isMapped = portMaps.length > 0
  const families = new Set(
    [...gateways, ...(isMapped ? addresses : [])].map((one) => familyOf(one)),
  )
  // So that 127.0.0.1 leads there too; what others send there is dropped (CVE-2020-8558).
  const localnet = isMapped && device !== undefined ? `net/ipv4/conf/${device}/route_localnet` : ''
  return {
    ...(families.has('inet') ? { 'net/ipv4/ip_forward': 1 } : {}),
    ...(families.has('inet6') ? { 'net/ipv6/conf/all/forwarding': 1 } : {}),
    ...(localnet === '' ? {} : { [localnet]: 1 }),
  }
}

/** What services ask of a node beside that is not ours to set for all: br_netfilter, and 127.0.0.1 behind every device. */
const isTooMuch = (resource: Resource): boolean => {
  if (resource.kind !== 'sysctl') return false
  const { path } = resource as Sysctl
  return path.startsWith('net/bridge/') || path === 'net/ipv4/conf/all/route_localnet'
}

/** The addresses of pods are nobody else's, as IPAM knows: they can be used at once. */
const hasten = (resource: Resource): Resource =>
  resource.kind === 'address' && (resource as Address).address.includes(':')
    ? ({ ...resource, immediate: true } as Address)
    : resource

export interface Description {
  /** All that the node has, whose rules are for all. */
  readonly attachments: readonly Attachment[]
  /**
   * The one whose devices are to be, too. Those of others may be gone with their pod, or their bridge, by now: that is no
   * reason to refuse this one.
   */
  readonly own?: Attachment | undefined
  /** The addresses of its bridge, where that is somebody else's. */
  readonly there?: ReadonlySet<string> | undefined
  /** The MAC address that its bridge is given, where it is new: or it would change with its ports. */
  readonly mac?: string | undefined
}

/** What a node is to have for its attachments. */
export const describe = (description: Description): Expansion => {
  const { attachments, own } = description
  const config: Config = {
    owner: cniOwner,
    ...(own ? { ...bridgeFor(own, description), sysctls: sysctlsOf(own) } : {}),
    ...(own?.wire
      ? { namespaces: { [own.containerId]: { path: own.netns } }, veths: vethOf(own, description) }
      : {}),
    masquerade: distinct(attachments.flatMap(masqueradeOf)),
    iptables: attachments.flatMap(answersOf),
    serviceProxy: { localhostNodePorts: true },
    services: Object.assign({}, ...attachments.map(servicesOf)) as NonNullable<Config['services']>,
  }
  const { resources, ...rest } = expand(config, () => undefined, here)
  return { ...rest, resources: resources.filter((one) => !isTooMuch(one)).map(hasten) }
}
