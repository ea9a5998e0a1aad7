import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What is in the `expect.yaml` of an example. */
export interface Expectation {
  /** By name of the node, which is also that of its file. */
  readonly nodes: Readonly<Record<string, ExpectedNode>>
  /** The example whose network this is: that one has shown already that whole packets get through. */
  readonly networkOf?: string
  /** By node: what was there before. */
  readonly prepare?: Readonly<Record<string, readonly string[]>>
  /** By port: the pods, nodes or `outside`, where somebody answers, over HTTP and UDP. */
  readonly serve?: Readonly<Record<string, readonly string[]>>
  readonly requests?: readonly ExpectedRequest[]
  /** Those that are answered just as well where by-hand.sh has made it all. */
  readonly byHand?: readonly ExpectedRequest[]
  /** By address: whether the first pod reaches it halfway through by-hand.sh, and at its end. */
  readonly pings?: Readonly<Record<string, readonly [Answer, Answer]>>
  /** The same, once lines are taken out of a node's file. */
  readonly edit?: {
    readonly node: string
    /** What these lines have in them. */
    readonly without: string
    readonly requests: readonly ExpectedRequest[]
  }
  /** What somebody does by hand, and the titles of what the next plan is to change. */
  readonly drift: {
    readonly node: string
    readonly commands: readonly string[]
    readonly changes: readonly string[]
  }
}

type Answer = 'yes' | 'no'

interface ExpectedNode {
  /** Addresses of each pod, by its namespace. */
  readonly pods: Readonly<Record<string, readonly string[]>>
  readonly gateways: readonly string[]
}

/** Requests, each a connection of its own. */
export interface ExpectedRequest {
  /** A pod, a node, or `outside`. */
  readonly from: string
  /** `ADDRESS:PORT`, or `udp:ADDRESS:PORT` */
  readonly to: string
  readonly times: number
  /** UDP: the client's port; default: another one each time. */
  readonly port?: number
  /** How many are answered by whom; a number: by how many, no matter which. */
  readonly answers: Readonly<Record<string, number>> | number
  /** The address of the client, as those who answer see it. */
  readonly client?: string
}

export const readExpectation = (folder: string): Expectation =>
  parse(readFileSync(join(folder, 'expect.yaml'), 'utf8')) as Expectation

/** The files of a node: that of all nodes, or its own, and that of the services where they have one. */
export const filesOf = (folder: string, node: string): readonly string[] =>
  ['fleet.yaml', `${node}.yaml`, 'services.yaml']
    .map((name) => join(folder, name))
    .filter(existsSync)

/** How many machines it takes: two at least, for one that is asked from the other. */
export const countMachines = ({ nodes }: Expectation): number =>
  Math.max(2, Object.keys(nodes).length)

/** A pod, with the node that it is on. */
export interface Pod {
  readonly node: string
  readonly name: string
  readonly addresses: readonly string[]
}

export const listPods = ({ nodes }: Expectation): readonly Pod[] =>
  Object.entries(nodes).flatMap(([node, { pods }]) =>
    Object.entries(pods).map(([name, addresses]) => ({ node, name, addresses })),
  )

export const listGateways = ({ nodes }: Expectation): readonly string[] =>
  Object.values(nodes).flatMap(({ gateways }) => gateways)
