import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { createNode, sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { openAgents } from '../services/agents.ts'
import type { Protocol, Result } from '../services/protocol.ts'
import { openMachine } from './machine.ts'
import type { Machine } from './machine.ts'

/** The node and what is outside of it, as they see each other. Outside knows of no pods. */
export const wire = {
  node: { inet: '192.0.2.1', inet6: '2001:db8::1' },
  outside: { inet: '192.0.2.2', inet6: '2001:db8::2' },
} as const

/** A namespace for a container, as a runtime makes it. */
export interface Pod {
  /** What its server calls itself. */
  readonly name: string
  readonly netns: string
}

export type Place = 'node' | 'outside' | Pod

/** Where a server is asked. */
export interface Target {
  readonly address: string
  readonly port: number
  /** Default: tcp. */
  readonly protocol?: Protocol
  /** Default: another one each time. */
  readonly sourcePort?: number
}

export interface Lab {
  readonly node: TestNode
  readonly machine: Machine
  /** A folder that goes with the lab. */
  readonly folder: string
  /** A namespace with nothing in it but a `lo`, which is up. */
  pod(name: string): Pod
  /** One that a runtime has made, by a process of it. */
  podOf(name: string, pid: number): Pod
  /** Lets go of pods, so that they are gone when their runtime has ended them. */
  release(pods: readonly Pod[]): Promise<void>
  /** Has a place answer at a port, by TCP and UDP. */
  serve(place: Place, port: number): Promise<void>
  ask(from: Place, to: Target): Promise<Result>
}

const batch = (netns: string, lines: readonly string[]): void =>
  void sh(['ip', '-n', netns, '-batch', '-'], lines.map((line) => `${line}\n`).join(''))

const connect = (node: TestNode): void => {
  const outside = node.ns('outside')
  const end = (device: string, { inet, inet6 }: { inet: string; inet6: string }): string[] => [
    `address add ${inet}/24 dev ${device}`,
    `address add ${inet6}/64 dev ${device} nodad`,
    `link set dev ${device} up`,
  ]
  sh(['ip', 'netns', 'add', outside])
  batch(node.name, [
    `link add name up0 type veth peer name eth0 netns ${outside}`,
    ...end('up0', wire.node),
    `route add default via ${wire.outside.inet}`,
    `route add ::/0 via ${wire.outside.inet6}`,
  ])
  batch(outside, ['link set dev lo up', ...end('eth0', wire.outside)])
}

// Long enough for a busy machine: what is dropped is asked for again after a second.
const timeout = 3000

/** A node with a network outside, and no pods yet. It ends with its test. */
export const createLab = async (
  t: Pick<ExecutionContext, 'teardown'>,
  cgroups = false,
): Promise<Lab> => {
  const node = createNode()
  t.teardown(() => node.remove())
  connect(node)
  const folder = mkdtempSync(join(tmpdir(), 'netplan-cni-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const machine = await openMachine(node.name, cgroups)
  t.teardown(() => machine.end())
  const agents = openAgents()
  t.teardown(() => agents.stop())
  const netnsOf = (place: Place): string => {
    if (place === 'node') return node.name
    return place === 'outside' ? node.ns('outside') : place.netns
  }
  const nameOf = (place: Place): string => (typeof place === 'string' ? place : place.name)
  return {
    node,
    machine,
    folder,
    pod: (name) => {
      const netns = node.ns(name)
      sh(['ip', 'netns', 'add', netns])
      batch(netns, ['link set dev lo up'])
      return { name, netns }
    },
    podOf: (name, pid) => {
      const netns = node.ns(name)
      sh(['ip', 'netns', 'attach', netns, String(pid)])
      return { name, netns }
    },
    release: async (released) => {
      await agents.stop()
      for (const { netns } of released) sh(['ip', 'netns', 'delete', netns])
    },
    serve: async (place, port) => {
      const listeners = (['tcp', 'udp'] as const).map((protocol) => ({ protocol, port }))
      await agents.call(netnsOf(place), { do: 'serve', name: nameOf(place), listeners })
    },
    ask: async (from, { protocol = 'tcp', ...to }) => {
      const target = { ...to, protocol, timeout }
      const [result] = await agents.call(netnsOf(from), {
        ...{ do: 'connect', target, count: 1, parallel: 1 },
      })
      return result!
    },
  }
}
