import { sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'

/** What stands at fixed addresses in every lab. */
export const addresses = {
  /** The client outside, and the node as it sees it. */
  x: { inet: '192.168.77.2', inet6: 'fd00:77::2' },
  node: { inet: '192.168.77.1', inet6: 'fd00:77::1' },
  /** The bridge of the first node, by which the node speaks to its pods. */
  bridge: { inet: '10.244.0.1', inet6: 'fd00:244::1' },
  /** The first node and the second, as they see each other. */
  under: { inet: '10.0.0.1', inet6: 'fd00:10::1' },
  node2: { inet: '10.0.0.2', inet6: 'fd00:10::2' },
} as const

export interface Pod {
  /** `p1` and so on, of the second node `q1`: what its server calls itself. */
  readonly name: string
  readonly netns: string
  readonly inet: string
  readonly inet6: string
}

export interface PodOptions {
  readonly dual: boolean
  /** Of the ports of the bridge; undefined: not in the file. */
  readonly hairpin?: boolean | undefined
  /** Whether the file lets the node forward; if not, `sysctls` is for the caller to write. */
  readonly forwarding: boolean
}

const networkOf = (site: number): Readonly<{ inet: string; inet6: string }> => ({
  inet: `10.244.${site}`,
  inet6: site === 0 ? 'fd00:244:' : `fd00:244:0:${site}:`,
})

export const podsOf = (node: TestNode, site: number, count: number): readonly Pod[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `${site === 0 ? 'p' : 'q'}${index + 1}`
    const { inet, inet6 } = networkOf(site)
    const host = index + 11
    return { name, netns: node.ns(name), inet: `${inet}.${host}`, inet6: `${inet6}:${host}` }
  })

// Duplicate address detection keeps an address from being used for a second or two.
const noDetection = 'net.ipv6.conf.all.accept_dad: 0, net.ipv6.conf.default.accept_dad: 0'

const forwardingOf = (dual: boolean): string =>
  `sysctls: { net.ipv4.ip_forward: 1${dual ? ', net.ipv6.conf.all.forwarding: 1' : ''} }`

/**
 * The pods' namespaces alone, without detection. Within one apply, parameters come after the addresses.
 */
export const namespacesYaml = (pods: readonly Pod[], dual: boolean): string => {
  const namespaces = pods.map(
    ({ netns }) => `  ${netns}: {${dual ? ` sysctls: { ${noDetection} } ` : ''}}`,
  )
  return ['version: 1', 'namespaces:', ...namespaces, ''].join('\n')
}

/** The configuration of the pods of a node, to which more sections may be appended. */
export const podsYaml = (
  pods: readonly Pod[],
  site: number,
  { dual, hairpin, forwarding }: PodOptions,
): string => {
  const { inet, inet6 } = networkOf(site)
  const list = (...both: readonly [string, string]): string =>
    both.slice(0, dual ? 2 : 1).join(', ')
  const port = hairpin === undefined ? '' : `, hairpin: ${hairpin}`
  const routes = list(`{ to: default, via: ${inet}.1 }`, `{ to: '::/0', via: '${inet6}:1' }`)
  const veth = (pod: Pod, index: number): string[] => [
    `  veth${index + 1}:`,
    `    { bridge: br0${port}, peer: { name: eth0, namespace: ${pod.netns},`,
    `      addresses: [${list(`${pod.inet}/24`, `'${pod.inet6}/64'`)}], routes: [${routes}] } }`,
  ]
  const lines = [
    ...(forwarding ? [forwardingOf(dual)] : []),
    'bridges:',
    `  br0: { addresses: [${list(`${inet}.1/24`, `'${inet6}:1/64'`)}] }`,
    'veths:',
    ...pods.flatMap(veth),
    '',
  ]
  return `${namespacesYaml(pods, dual)}${lines.join('\n')}`
}

const batch = (netns: string, lines: readonly string[]): void =>
  void sh(['ip', '-n', netns, '-batch', '-'], lines.map((line) => `${line}\n`).join(''))

/** A device with its addresses, up. */
const end = (device: string, { inet, inet6 }: { inet: string; inet6: string }): string[] => [
  `address add ${inet}/24 dev ${device}`,
  `address add ${inet6}/64 dev ${device} nodad`,
  `link set dev ${device} up`,
]

const routes = (targets: readonly string[], via: { inet: string; inet6: string }): string[] =>
  targets.map((to) => `route add ${to} via ${to.includes(':') ? via.inet6 : via.inet}`)

const everything = ['0.0.0.0/0', '::/0']
const podNetwork = (site: number): string[] => {
  const { inet, inet6 } = networkOf(site)
  return [`${inet}.0/24`, `${inet6}:/64`]
}

/** A node that does not forward yet, whose IPv6 addresses serve at once. */
const prepareNode = (node: TestNode): void => {
  const off = ['ipv4.ip_forward', 'ipv6.conf.all.forwarding']
  const none = ['ipv6.conf.all.accept_dad', 'ipv6.conf.default.accept_dad']
  node.exec(['sysctl', '-q', '-w', ...[...off, ...none].map((name) => `net.${name}=0`)])
}

/** The client outside, and the wire to it. */
export const connectClient = (node: TestNode, defaultRoute: boolean): void => {
  const x = node.ns('x')
  prepareNode(node)
  sh(['ip', 'netns', 'add', x])
  batch(node.name, [
    `link add name eth0 type veth peer name eth0 netns ${x}`,
    ...end('eth0', addresses.node),
  ])
  const services = ['10.96.0.0/16', '10.244.0.0/16', 'fd00:96::/112']
  const pods = [...podNetwork(0), ...podNetwork(1)].filter((to) => to.includes(':'))
  batch(x, [
    'link set dev lo up',
    ...end('eth0', addresses.x),
    ...routes([...services, ...pods], addresses.node),
  ])
  if (defaultRoute) batch(node.name, routes(everything, addresses.x))
}

/** The second node, and the wire between the two. */
export const connectSecond = (node: TestNode, second: TestNode, defaultRoute: boolean): void => {
  prepareNode(second)
  batch(node.name, [
    `link add name eth1 type veth peer name eth0 netns ${second.name}`,
    ...end('eth1', addresses.under),
  ])
  batch(second.name, end('eth0', addresses.node2))
  batch(node.name, routes(podNetwork(1), addresses.node2))
  const outside = ['192.168.77.0/24', 'fd00:77::/64']
  const known = [...podNetwork(0), ...outside, ...(defaultRoute ? everything : [])]
  batch(second.name, routes(known, addresses.under))
}
