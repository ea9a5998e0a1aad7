// What has to work between two pods, the first of which may have a mapped port, and all around.
import type { Family } from '../../src/net/addresses.ts'
import { wire } from './lab.ts'
import type { Lab, Place, Pod, Target } from './lab.ts'
import { addressOf, gateway } from './wanted.ts'

const families = ['inet', 'inet6'] as const

/** Whose an address is. The node has several, and which of them it uses is its own affair. */
const owners: ReadonlyMap<string, string> = new Map(
  families.flatMap((family) => [
    [wire.node[family], 'the node'],
    [gateway[family], 'the node'],
    [wire.outside[family], 'outside'],
    [addressOf[family](1), 'p1'],
    [addressOf[family](2), 'p2'],
  ]),
)

/** `who sees whom`, or what came instead of an answer. */
export const hear = async (lab: Lab, from: Place, to: Target): Promise<string> => {
  const { server, peer = '', error } = await lab.ask(from, to)
  return error ?? `${server} sees ${owners.get(peer) ?? peer}`
}

export type Probe = readonly [title: string, from: Place, to: Target, heard: string]

/** The servers that probes ask, beside those in pods. */
export const serveAround = async (lab: Lab): Promise<void> => {
  await Promise.all((['node', 'outside'] as const).map((place) => lab.serve(place, 9000)))
}

/** From the second pod. */
export const probesOf = (family: Family, p2: Pod): readonly Probe[] => {
  const first = addressOf[family](1)
  const [outside, bridge] = [wire.outside[family], gateway[family]]
  return [
    ['pod to pod', p2, { address: first, port: 80 }, 'p1 sees p2'],
    ['pod to gateway', p2, { address: bridge, port: 9000 }, 'node sees p2'],
    ['pod to outside', p2, { address: outside, port: 9000 }, 'outside sees the node'],
    ['node to pod', 'node', { address: first, port: 80 }, 'p1 sees the node'],
  ]
}

/** By the mapped port of the first pod. */
export const mappedProbesOf = (family: Family, p1: Pod, p2: Pod): readonly Probe[] => {
  const [node, bridge] = [wire.node[family], gateway[family]]
  const mapped = { address: node, port: 8080 }
  return [
    ['outside to the mapped port', 'outside', mapped, 'p1 sees outside'],
    ['node to the mapped port', 'node', mapped, 'p1 sees the node'],
    ['pod to the mapped port', p2, mapped, 'p1 sees the node'],
    ['pod to its own mapped port', p1, mapped, 'p1 sees the node'],
    ['pod to the gateway', p2, { address: bridge, port: 8080 }, 'p1 sees the node'],
  ]
}
