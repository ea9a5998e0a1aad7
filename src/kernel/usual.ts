import { systemBackend } from './firewall.ts'
import type { Answers } from './answers.ts'
import type { Node } from './namespaces.ts'
import type { Reader } from './reader.ts'

/** Parameters of each device, of all, and of those to come, that configurations set. */
const perDevice = {
  ipv4: ['forwarding', 'rp_filter', 'route_localnet', 'proxy_arp', 'arp_ignore', 'arp_announce'],
  ipv6: ['forwarding', 'disable_ipv6', 'accept_ra', 'proxy_ndp'],
} as const

const paths = [
  'net/ipv4/ip_forward',
  'net/bridge/bridge-nf-call-iptables',
  'net/bridge/bridge-nf-call-ip6tables',
] as const

const pathsOf = (device: string): readonly string[] =>
  (['ipv4', 'ipv6'] as const).flatMap((family) =>
    perDevice[family].map((name) => `net/${family}/conf/${device}/${name}`),
  )

/** How many paths are given to one program: the kernel takes no longer a line. */
const most = 5000

/** The parameters that configurations set, of a namespace with these devices. */
export const usualParameters = (devices: readonly string[]): readonly string[] => [
  ...paths,
  ...['all', 'default', ...devices].flatMap(pathsOf),
]

const readSysctls = async (reader: Reader, namespace: string): Promise<void> => {
  const { links } = await reader.ip(namespace)
  const all = usualParameters(links.map(({ ifname }) => ifname))
  for (let from = 0; from < all.length; from += most)
    await reader.sysctls(namespace, all.slice(from, from + most))
}

/**
 * Reads what plans commonly ask for, so that another configuration of this node, too, can be planned from what was
 * written down of it.
 *
 * @param answers those that the reader asks
 */
export const readUsual = async (
  { path: netns }: Pick<Node, 'path'>,
  reader: Reader,
  answers: Answers,
): Promise<void> => {
  await Promise.all([
    ...reader.namespaces.flatMap((name) => [
      reader.namespaceIds(name),
      reader.fdb(name),
      reader.rules6(name),
      readSysctls(reader, name),
    ]),
    reader.firewall(false),
    systemBackend({ answers, netns }),
    reader.flows('inet'),
    reader.flows('inet6'),
    reader.listeners(),
  ])
}
