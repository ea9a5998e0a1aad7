// What the lab and its agents say to each other: a line of JSON each.

export type Protocol = 'tcp' | 'udp'

/** Who answered, and as whom it saw the one who asked. */
export interface Answer {
  readonly server: string
  /** The port at which the server was asked: that of the pod, not of the service. */
  readonly port: number
  readonly peer: string
  readonly peerPort: number
}

interface Answered extends Answer {
  readonly error?: undefined
  readonly ms: number
}

interface Unanswered {
  /** `timeout`, or how the system calls it: ECONNREFUSED, ENETUNREACH, EPERM ... */
  readonly error: string
  readonly server?: undefined
  readonly peer?: undefined
  readonly ms: number
}

/** What became of one connection, or of one datagram. */
export type Result = Answered | Unanswered

export interface Target {
  readonly address: string
  readonly port: number
  readonly protocol: Protocol
  readonly sourcePort?: number | undefined
  /** Milliseconds until the answer. */
  readonly timeout: number
}

export interface Listener {
  readonly protocol: Protocol
  readonly port: number
  /** Default: all addresses of both families. */
  readonly address?: string
}

export type Request =
  | { readonly do: 'serve'; readonly name: string; readonly listeners: readonly Listener[] }
  | {
      readonly do: 'connect'
      readonly target: Target
      readonly count: number
      readonly parallel: number
    }
  | { readonly do: 'open'; readonly flow: number; readonly target: Target }
  | { readonly do: 'probe'; readonly flow: number; readonly timeout: number }
  | { readonly do: 'close'; readonly flow: number }

export interface Numbered {
  readonly id: number
  readonly request: Request
}

export interface Reply {
  readonly id: number
  readonly results: readonly Result[]
  /** Why it was not done at all. */
  readonly failure?: string
}
