import { createSocket } from 'node:dgram'
import type { RemoteInfo } from 'node:dgram'
import { connect, createServer, isIPv6 } from 'node:net'
import { argv, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'

/** An address and port of the namespace that the agent runs in. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

export interface Probe extends Listener {
  readonly source: string
  readonly sport: number
  /** Milliseconds. */
  readonly patience: number
}

/** What a listener tells whoever reaches it. */
interface Answer {
  readonly address: string
  readonly port: number
  readonly peer: string
}

/** An answer, what the kernel says instead, or neither. */
export interface Result {
  readonly answer?: Answer
  readonly error?: string
}

export type Request =
  | { readonly do: 'listen'; readonly listeners: readonly Listener[] }
  | { readonly do: 'probe'; readonly probe: Probe }
  /** How many probes were answered after they had been given up. */
  | { readonly do: 'late' }

let late = 0

const listen = ({ protocol, address, port }: Listener): Promise<void> =>
  new Promise((resolve, reject) => {
    const tell = (peer = ''): string => JSON.stringify({ address, port, peer } satisfies Answer)
    if (protocol === 'tcp') {
      const server = createServer((socket) =>
        socket.on('error', ignore).end(tell(socket.remoteAddress)),
      )
      server.on('error', reject).listen({ port, host: address, backlog: 511 }, resolve)
      return
    }
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    socket.on('message', (_, peer: RemoteInfo) =>
      socket.send(tell(peer.address), peer.port, peer.address, ignore),
    )
    socket.on('error', reject).bind(port, address, resolve)
  })

const ignore = (): void => undefined

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message)

const probeTcp = (probe: Probe, done: (result: Result) => void): void => {
  const { address, port, source, sport, patience } = probe
  const socket = connect({ host: address, port, localAddress: source, localPort: sport })
  const timer = setTimeout(() => {
    // Before the kernel tries again: the rules would count that, too.
    socket.destroy()
    done({})
  }, patience)
  const finish = (result: Result): void => {
    clearTimeout(timer)
    done(result)
  }
  socket.on('data', (data) => finish({ answer: JSON.parse(String(data)) as Answer }))
  socket.on('error', (error) => finish({ error: codeOf(error) }))
}

const probeUdp = (probe: Probe, done: (result: Result) => void): void => {
  const { address, port, source, sport, patience } = probe
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  let isOver = false
  let own: string | undefined
  const timer = setTimeout(() => {
    isOver = true
    done(own === undefined ? {} : { error: own })
  }, patience)
  const finish = (result: Result): void => {
    if (isOver) late += 1
    clearTimeout(timer)
    isOver = true
    done(result)
  }
  const fail = (error: Error): void => {
    // What its own rules keep from leaving; a REJECT still tells why after that.
    if (codeOf(error) === 'EPERM') own = 'EPERM'
    else if (!isOver) finish({ error: codeOf(error) })
  }
  socket.on('error', fail)
  socket.on('message', (data) => finish({ answer: JSON.parse(String(data)) as Answer }))
  socket.bind(sport, source, () =>
    socket.connect(port, address, (error?: Error) =>
      error ? fail(error) : socket.send('?', (failure) => failure && fail(failure)),
    ),
  )
}

const handle = async (request: Request): Promise<unknown> => {
  if (request.do === 'late') return late
  if (request.do === 'listen') return Promise.all(request.listeners.map(listen))
  const { probe } = request
  return new Promise((resolve) =>
    probe.protocol === 'tcp' ? probeTcp(probe, resolve) : probeUdp(probe, resolve),
  )
}

const serve = async (): Promise<void> => {
  for await (const line of createInterface(stdin))
    stdout.write(`${JSON.stringify((await handle(JSON.parse(line))) ?? null)}\n`)
  process.exit()
}

// The tests import the types; the program is started in a namespace, and works until its input ends.
if (argv[2] === 'serve') await serve()
