import type { RecentList } from './recent.ts'

/** Where a packet goes. */
export interface Route {
  /** The device it leaves by; `lo` where it is delivered here. */
  readonly out: string
  /** Whether it is delivered here. */
  readonly local: boolean
  /** The address that MASQUERADE takes there. */
  readonly source?: string
}

/** What rules know of the node beside the packet, and what they remember from packet to packet. */
export interface World {
  isLocal(address: string): boolean
  /** Undefined: there is no way there, or none from this source. */
  route(destination: string, source: string): Route | undefined
  /** From 0 to 1, without the 1. */
  random(): number
  /** Milliseconds. */
  now(): number
  /** How far each rule with `--mode nth` has counted. Rules loaded anew count from the start. */
  readonly counters: Map<object, number>
  /** The lists of `-m recent`, by name. All tables and both families share them. */
  readonly recent: Map<string, RecentList>
}

type Known = Pick<World, 'isLocal' | 'route'> & Partial<World>

const none = (what: string) => (): never => {
  throw new Error(`a rule needs ${what}, and this world has none`)
}

/** A world where nothing was counted yet; without a die or a clock if none is given. */
export const createWorld = (known: Known): World => ({
  random: none('random()'),
  now: none('now()'),
  counters: new Map(),
  recent: new Map(),
  ...known,
})
