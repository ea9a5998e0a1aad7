import { existsSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import type { Backend } from '../../src/iptables/restore.ts'
import { createNode, failureOf } from '../node/harness.ts'
import type { Done, PlanOptions, TestNode } from '../node/harness.ts'
import { openAgents } from './agents.ts'
import type { Agents } from './agents.ts'
import { iptables } from './firewall.ts'
import type { Walled } from './firewall.ts'
import type { Listener, Protocol, Result } from './protocol.ts'
import { connectClient, connectSecond, namespacesYaml, podsOf, podsYaml } from './topology.ts'
import type { Pod } from './topology.ts'

export interface LabOptions {
  readonly backend?: Backend
  /** Default: both families. */
  readonly family?: 'inet' | 'dual'
  /** How many pods each node has; default 4. */
  readonly pods?: number
  /** Ports at which pods answer over TCP and UDP; default 8080. */
  readonly ports?: readonly number[]
  /** A second node, with pods of its own. */
  readonly second?: boolean
  /** Whether nodes have a default route; default: yes. */
  readonly defaultRoute?: boolean
  /** What becomes of packets that no rule accepts on their way through a node. */
  readonly forward?: 'ACCEPT' | 'DROP'
  /** Of the pods' bridge ports, in the file; default: not there, so that services say it. */
  readonly hairpin?: boolean
  /** Whether the file of the pods lets the node forward; default: yes. If not, it has no `sysctls`. */
  readonly forwarding?: boolean
}

/** Where a client is: outside, on a node, or in a pod of the first node or of the second. */
export type Place = 'x' | 'node' | 'node2' | `p${number}` | `q${number}`

/** A node with its pods. */
export interface Site extends Walled {
  readonly pods: readonly Pod[]
  /** What `plan` and `apply` of the node have to be told: the backend. */
  readonly options: PlanOptions
  /** The configuration of the pods, followed by more sections. */
  yaml(sections?: string): string
  /**
   * Applies that and has every pod serve; throws unless all was done. The namespaces of the first time
   * are applied by themselves before, so that the pods' IPv6 addresses serve at once.
   */
  apply(sections?: string): Promise<Done>
  destroy(sections?: string): Promise<Done>
}

export interface ConnectOptions {
  readonly protocol?: Protocol
  /** How many connections, or datagrams each with a socket of its own; default 1. */
  readonly count?: number
  /** How many at a time; default 1. */
  readonly parallel?: number
  /** The client's port; default: another one each time. */
  readonly sourcePort?: number
  /** Milliseconds for each; default 2000. */
  readonly timeout?: number
}

type FlowOptions = Pick<ConnectOptions, 'protocol' | 'sourcePort' | 'timeout'>

/** A connection that stays, or datagrams from one socket. */
export interface Flow {
  /** What its first question brought. */
  readonly first: Result
  /** Asks again. */
  probe(timeout?: number): Promise<Result>
  close(): Promise<void>
}

/** A node with pods, a client outside, and servers and clients everywhere. */
export interface Lab extends Site {
  readonly second: Site | undefined
  connect(
    from: Place,
    address: string,
    port: number,
    options?: ConnectOptions,
  ): Promise<readonly Result[]>
  open(from: Place, address: string, port: number, options?: FlowOptions): Promise<Flow>
  /** A server more, which calls itself `name`; default: as its place. */
  serve(place: Place, listeners: readonly Listener[], name?: string): Promise<void>
  /** The processes of the lab. */
  pids(): readonly number[]
}

const defaultTimeout = 2000

interface SiteContext {
  readonly number: number
  readonly agents: Agents
  readonly options: LabOptions
}

const servePods = async (
  pods: readonly Pod[],
  agents: Agents,
  ports: readonly number[],
): Promise<void> => {
  const listeners = ports.flatMap((port): Listener[] => [
    { protocol: 'tcp', port },
    { protocol: 'udp', port },
  ])
  await Promise.all(
    pods.map(({ netns, name }) => agents.call(netns, { do: 'serve', name, listeners })),
  )
}

const isThere = ({ netns }: Pod): boolean => existsSync(`/run/netns/${netns}`)

const succeeded = (done: Done): Done => {
  const failure = failureOf(done)
  if (failure !== undefined) throw new Error(failure)
  return done
}

const siteOf = (node: TestNode, { number, agents, options }: SiteContext): Site => {
  const { backend = 'nft', family = 'dual', pods: count = 4, ports = [8080] } = options
  const { hairpin, forwarding = true } = options
  const pods = podsOf(node, number, count)
  const dual = family === 'dual'
  const fragment = podsYaml(pods, number, { dual, hairpin, forwarding })
  // The one place where the product is told which iptables to use.
  const planOptions: PlanOptions = { iptables: backend }
  const yaml = (sections = ''): string => `${fragment}${sections}`
  const apply = async (text: string): Promise<Done> =>
    succeeded(await node.apply(text, planOptions))
  return {
    node,
    backend,
    pods,
    options: planOptions,
    yaml,
    apply: async (sections) => {
      if (dual && !pods.some(isThere)) await apply(namespacesYaml(pods, dual))
      const done = await apply(yaml(sections))
      await servePods(pods, agents, ports)
      return done
    },
    destroy: async (sections) => succeeded(await node.destroy(yaml(sections), planOptions)),
  }
}

const setForwardPolicy = (site: Site, policy: string): void => {
  for (const family of ['inet', 'inet6'] as const) iptables(site, `-P FORWARD ${policy}`, family)
}

/** The namespace of a place. */
const netnsOf = (place: Place, { node }: Site, second: Site | undefined): string => {
  if (place === 'node') return node.name
  if (place === 'x' || place.startsWith('p')) return node.ns(place)
  if (!second) throw new Error(`${place}: this lab has one node`)
  return place === 'node2' ? second.node.name : second.node.ns(place)
}

const clientsOf = (
  agents: Agents,
  netns: (place: Place) => string,
): Pick<Lab, 'connect' | 'open' | 'serve'> => {
  let flows = 0
  return {
    connect: (from, address, port, options = {}) => {
      const { protocol = 'tcp', count = 1, parallel = 1, sourcePort } = options
      const { timeout = defaultTimeout } = options
      const target = { address, port, protocol, sourcePort, timeout }
      return agents.call(netns(from), { do: 'connect', target, count, parallel })
    },
    open: async (from, address, port, options = {}) => {
      const { protocol = 'tcp', sourcePort, timeout: patience = defaultTimeout } = options
      const flow = flows++
      const target = { address, port, protocol, sourcePort, timeout: patience }
      const place = netns(from)
      const [first] = await agents.call(place, { do: 'open', flow, target })
      return {
        first: first!,
        probe: async (timeout = patience) =>
          (await agents.call(place, { do: 'probe', flow, timeout }))[0]!,
        close: async () => {
          await agents.call(place, { do: 'close', flow })
        },
      }
    },
    serve: async (place, listeners, name = place) => {
      await agents.call(netns(place), { do: 'serve', name, listeners })
    },
  }
}

/** A lab for one test, which ends with it. Its pods are there as soon as they are applied. */
export const createLab = (t: Pick<ExecutionContext, 'teardown'>, options: LabOptions = {}): Lab => {
  const agents = openAgents()
  const open = (): TestNode => {
    const node = createNode()
    t.teardown(() => node.remove())
    return node
  }
  const { defaultRoute = true, forward } = options
  const node = open()
  connectClient(node, defaultRoute)
  const site = siteOf(node, { number: 0, agents, options })
  const second = options.second ? siteOf(open(), { number: 1, agents, options }) : undefined
  if (second) connectSecond(node, second.node, defaultRoute)
  // What was set up last ends first: processes before their namespaces.
  t.teardown(() => agents.stop())
  for (const one of [site, ...(second ? [second] : [])])
    if (forward !== undefined) setForwardPolicy(one, forward)
  return {
    ...site,
    second,
    ...clientsOf(agents, (place) => netnsOf(place, site, second)),
    pids: agents.pids,
  }
}
