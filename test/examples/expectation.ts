import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** What is in the `expect.yaml` of an example. */
export interface Expectation {
  /** By name of the node, which is also that of its file. */
  readonly nodes: Readonly<Record<string, ExpectedNode>>
  /** What somebody does by hand, and the titles of what the next plan is to change. */
  readonly drift: {
    readonly node: string
    readonly commands: readonly string[]
    readonly changes: readonly string[]
  }
}

interface ExpectedNode {
  /** Addresses of each pod, by its namespace. */
  readonly pods: Readonly<Record<string, readonly string[]>>
  readonly gateways: readonly string[]
}

export const readExpectation = (folder: string): Expectation =>
  parse(readFileSync(join(folder, 'expect.yaml'), 'utf8')) as Expectation

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
