import { createSocket } from 'node:dgram'
import { connect as connectTcp } from 'node:net'
import { lastQuestion } from './server.ts'
import type { Answer, Result, Target } from './protocol.ts'

interface Ears {
  hear(text: string): void
  fail(error: Error): void
}

/** A socket, of either protocol. It has one listener at a time, and who is not heard is forgotten. */
interface Channel {
  listen(ears: Ears | undefined): void
  ask(question: string): void
  /** Waits for the server to close, so that the port is free at once; but not for long. */
  finish(patience: number): Promise<void>
  close(): Promise<void>
}

/** A connection, or a flow of datagrams from one port. */
export interface Flow {
  probe(timeout: number): Promise<Result>
  close(): Promise<void>
}

const openTcp = ({ address, port, sourcePort }: Target): Channel => {
  let ears: Ears | undefined
  let broken: Error | undefined
  const socket = connectTcp({
    host: address,
    port,
    noDelay: true,
    ...(sourcePort === undefined ? {} : { localPort: sourcePort }),
  })
  const fail = (error: Error): void => {
    broken ??= error
    ears?.fail(broken)
  }
  socket.on('data', (data) => ears?.hear(data.toString()))
  socket.on('error', fail)
  socket.on('end', () => fail(new Error('closed')))
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  return {
    listen: (next) => {
      ears = next
      if (broken) ears?.fail(broken)
    },
    ask: (question) => socket.write(question),
    finish: async (patience) => {
      const timer = setTimeout(() => socket.destroy(), patience)
      await closed
      clearTimeout(timer)
    },
    close: () => {
      socket.destroy()
      return closed
    },
  }
}

// A node follows datagrams of a port for half a minute to the server that the port had, so chance will
// not do. Below the ports that the system gives, and not where an agent before this one began.
const ports = { first: 10_000, count: 20_000 }
let turn = Math.floor(Math.random() * ports.count)

const nextPort = (): number => ports.first + (turn++ % ports.count)

const openUdp = ({ address, port, sourcePort = nextPort() }: Target): Channel => {
  let ears: Ears | undefined
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const fail = (error: Error | null): void => {
    if (error) ears?.fail(error)
  }
  socket.on('message', (data) => ears?.hear(data.toString()))
  socket.on('error', fail)
  const ready = new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  socket.bind(sourcePort, () => socket.connect(port, address))
  const close = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()))
  return {
    listen: (next) => {
      ears = next
    },
    ask: (question) => {
      // What cannot be connected is an error of the socket already.
      ready.then(() => socket.send(question, fail)).catch(fail)
    },
    finish: close,
    close,
  }
}

const since = (began: number): number => Math.round((performance.now() - began) * 100) / 100

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.message

const ask = (
  channel: Channel,
  question: string,
  { began, timeout }: { readonly began: number; readonly timeout: number },
): Promise<Result> =>
  new Promise((resolve) => {
    const finish = (outcome: Answer | { readonly error: string }): void => {
      clearTimeout(timer)
      channel.listen(undefined)
      resolve({ ...outcome, ms: since(began) })
    }
    const timer = setTimeout(() => finish({ error: 'timeout' }), timeout)
    channel.listen({
      hear: (text) => finish(JSON.parse(text) as Answer),
      fail: (error) => finish({ error: codeOf(error) }),
    })
    channel.ask(question)
  })

const openChannel = (target: Target): Channel =>
  target.protocol === 'tcp' ? openTcp(target) : openUdp(target)

/** Opens a flow, and asks once. */
export const openFlow = async (
  target: Target,
): Promise<{ readonly flow: Flow; readonly first: Result }> => {
  const began = performance.now()
  const channel = openChannel(target)
  const probe = (timeout: number, from = performance.now()): Promise<Result> =>
    ask(channel, 'more\n', { began: from, timeout })
  return { flow: { probe, close: channel.close }, first: await probe(target.timeout, began) }
}

const connectOnce = async (target: Target): Promise<Result> => {
  const began = performance.now()
  const channel = openChannel(target)
  const result = await ask(channel, lastQuestion, { began, timeout: target.timeout })
  await (result.error === undefined ? channel.finish(target.timeout) : channel.close())
  return result
}

/** As many connections, so many at a time, in the order in which they were begun. */
export const connectMany = async (
  target: Target,
  count: number,
  parallel: number,
): Promise<readonly Result[]> => {
  const results: Result[] = []
  let begun = 0
  const work = async (): Promise<void> => {
    while (begun < count) {
      const at = begun++
      results[at] = await connectOnce(target)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, work))
  return results
}
