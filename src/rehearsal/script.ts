import type { Backend } from '../iptables/restore.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import type { Deaf } from './checks.ts'
import type { Target } from './targets.ts'

/** What a node that nothing is known of has: one device, and by it the others. */
export interface Bare {
  readonly device: string
  /** With their lengths. */
  readonly addresses: readonly string[]
  readonly gateways: readonly string[]
}

/** The network between the nodes of a fleet, as one of them is joined to it. */
export interface Underlay {
  /** No other node has it. */
  readonly number: number
  /** By which the others reach this node. */
  readonly addresses: readonly string[]
  /** Those of all nodes. */
  readonly all: readonly string[]
  /** The networks of all pods. */
  readonly podCIDRs: readonly string[]
  readonly bare: Bare | null
}

/** What an apply is told to allow. */
export interface Allowance {
  /** Lock-outs, or that they are rolled back by themselves. */
  readonly lockout: boolean
  /** Beside the limits of the configuration. */
  readonly maxDestroy?: number | undefined
  readonly protect: readonly string[]
}

/** What is rehearsed on one machine. */
export interface Script {
  /** Null: of a node of which nothing is known. */
  readonly snapshot: Snapshot | null
  /** What a person calls the snapshot. */
  readonly called: string
  /** The configuration. */
  readonly texts: readonly { readonly name: string; readonly text: string }[]
  readonly var: string[]
  readonly node?: string | undefined
  readonly adopt: boolean
  readonly iptables?: Backend | undefined
  readonly rollback: boolean
  readonly allowance: Allowance
  /** Null: it is rehearsed alone. */
  readonly underlay: Underlay | null
}

/** What netplan is given on the machine that it starts itself on. */
export type Assignment =
  | { readonly type: 'node'; readonly script: Script }
  | { readonly type: 'fleet'; readonly scripts: readonly Script[] }

export interface Pod {
  readonly name: string
  readonly address: string
}

/** What a node says to the others when it is as far; what all say, in the answer to it. */
export interface Meeting {
  /** What the others may reach. */
  readonly addresses: readonly string[]
  readonly pods: readonly Pod[]
  /** What its checks connect to. */
  readonly targets: readonly Target[]
  /** Where that may come to, by its rules. */
  readonly ends: readonly Target[]
  /** Where nobody can listen. */
  readonly deaf: readonly Deaf[]
}

/** Nothing to say. */
export const silence: Meeting = { addresses: [], pods: [], targets: [], ends: [], deaf: [] }

/** How often nodes wait for each other: when all is applied, when stand-ins listen, and when all is checked. */
export const meetings = 3

/** Waits until all nodes are as far. */
export type Meet = (own: Meeting) => Promise<Meeting>

/** Where the other ends of stand-ins are: outside of /run/netns, where nobody looks. */
export const outside = '/run/outside'

/** The bridge there that joins the nodes of a fleet. */
export const underlayBridge = 'underlay'
