import { backOff } from '../back-off.ts'

/** All in milliseconds, but what the server is told. */
export interface Timing {
  /** For how long a server is asked to keep a watch open, in seconds: drawn between these, so that not all end at once. */
  readonly watch: readonly [number, number]
  /** How much longer than that it is waited for. */
  readonly grace: number
  /** For a list, or any other answer. */
  readonly answer: number
  /** The first wait behind a failure, and the longest: it doubles, and is drawn between nothing and that. */
  readonly backOff: readonly [number, number]
  /** A watch that lived so long was none that failed. */
  readonly sound: number
  /** For which changes are collected: a list of services comes before that of their endpoints. */
  readonly settle: number
}

export const usualTiming: Timing = {
  watch: [240, 300],
  grace: 15_000,
  answer: 60_000,
  backOff: [500, 30_000],
  sound: 5000,
  settle: 50,
}

/** How long a watch is to live, in seconds. */
export const drawSeconds = ({ watch: [least, most] }: Timing): number =>
  Math.round(least + Math.random() * (most - least))

/** No server is left alone for longer, in milliseconds, whatever it asks for: a timer of Node that is set to weeks ends at once. */
const longestRest = 10 * 60_000

/** How long to wait behind so many failures, where the server asked for so long. */
export const drawWait = (timing: Timing, failures: number, rest: number): number =>
  Math.min(rest, longestRest) + backOff(failures, timing.backOff)
