import type { Location } from '../config/diagnostics.ts'
import type { Socket } from '../net/sockets.ts'

/** How it is tried whether something works: the key of a check that says what is tried. */
export const probeKinds = ['ping', 'tcp', 'udp', 'http', 'dns'] as const

export type ProbeKind = (typeof probeKinds)[number]

/** What every probe says. */
export interface Terms {
  /** No other of the file has it. */
  readonly name: string
  /** The namespace that it is tried from, a key of `namespaces`; '' is the node itself. */
  readonly from: string
  /** How often it is tried. */
  readonly count: number
  /** For each try. */
  readonly timeoutSeconds: number
  /** `failure`: it must not work, not once. */
  readonly expect: 'success' | 'failure'
  readonly source: Location | undefined
}

/** What is connected to. */
export interface Connecting extends Socket {
  /** The endpoints that are to be reached in equal shares, and no other; empty: it does not matter. */
  readonly reaches: readonly Socket[]
}

/** An echo request (ping(8)). */
export interface PingProbe extends Terms {
  readonly kind: 'ping'
  readonly address: string
}

/** A connection, closed at once. */
export interface TcpProbe extends Terms, Connecting {
  readonly kind: 'tcp'
}

/** A datagram, and the answer to it. */
export interface UdpProbe extends Terms, Connecting {
  readonly kind: 'udp'
  readonly send: string
  /** Text that the answer has to contain. */
  readonly reply: string | undefined
}

/** A GET, each by a connection of its own. */
export interface HttpProbe extends Terms, Connecting {
  readonly kind: 'http'
  readonly url: string
  /** Default: 2xx and 3xx. */
  readonly status: number | undefined
  /** Text that the body has to contain. */
  readonly body: string | undefined
}

/** A question for the addresses of a name. */
export interface DnsProbe extends Terms {
  readonly kind: 'dns'
  readonly host: string
  readonly server: string
  readonly type: 'A' | 'AAAA'
  /** All addresses of the answer; undefined: any will do. */
  readonly answers: readonly string[] | undefined
}

/** What a program of ours tries. */
export type WorkerProbe = TcpProbe | UdpProbe | HttpProbe | DnsProbe

/** What has to work, or must not: an entry of `checks`. */
export type Probe = PingProbe | WorkerProbe

/** What became of one try. */
export interface Try {
  readonly ok: boolean
  /** Why it failed: "connection refused". */
  readonly detail: string
  readonly milliseconds: number
  /** Where the connection came from, as the one who made it saw it. */
  readonly local?: Socket | undefined
}

/** What became of a probe. */
export interface ProbeResult {
  readonly probe: Probe
  readonly ok: boolean
  /** Why: "2 of 5 failed: no answer within 2 s". Empty where all is as expected and nothing is to be said. */
  readonly detail: string
  /** How long a try took, on average; only where they succeeded. */
  readonly milliseconds?: number
}

/** How many tries of a probe are made at the same time. */
export const mostTriesAtOnce = 8

/** Seconds between the echo requests of a ping. */
export const pingInterval = 0.2

/** Within how many seconds all tries of a probe are over, however they end. */
export const longestSeconds = ({ kind, count, timeoutSeconds }: Probe): number =>
  kind === 'ping'
    ? (count - 1) * pingInterval + timeoutSeconds
    : Math.ceil(count / mostTriesAtOnce) * timeoutSeconds
