import type { Family } from '../../src/net/addresses.ts'
import type { Words } from './address.ts'
import type { World } from './world.ts'

export interface Endpoint {
  readonly address: string
  readonly words: Words
  readonly port: number | undefined
}

/** The first packet of a connection on its way, and what the kernel notes about it. */
export interface Flow {
  readonly family: Family
  readonly protocol: number
  readonly world: World
  source: Endpoint
  destination: Endpoint
  /** As the sender wrote it. */
  readonly original: Endpoint
  /** '' where the hook has none; undefined: not told. */
  inInterface: string | undefined
  outInterface: string
  mark: number
  /** What `--ctstate` sees: before conntrack has seen the packet, it is INVALID. */
  state: 'INVALID' | 'NEW' | 'UNTRACKED'
  /** Set only where the address or port became another. */
  isDnat: boolean
  isSnat: boolean
}

export type Check = (flow: Flow) => boolean

type Bare<Name extends string> = Name extends string ? { readonly do: Name } : never

/** What a rule does with a packet that it matches; a chain is by name until the table is known. */
export type Action<Chain> =
  | Bare<'nothing' | 'accept' | 'drop' | 'return' | 'masquerade' | 'untrack'>
  | { readonly do: 'reject'; readonly with: string }
  | { readonly do: 'jump'; readonly chain: Chain }
  | { readonly do: 'goto'; readonly chain: Chain }
  | { readonly do: 'mark'; readonly keep: number; readonly flip: number }
  | { readonly do: 'dnat'; readonly to: Destination }

export interface Destination {
  readonly address: string | undefined
  readonly words: Words | undefined
  readonly port: number | undefined
}
