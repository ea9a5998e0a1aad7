import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import { request as requestHttp } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import type { Socket } from '../net/sockets.ts'
import { canonicalAddress } from '../net/addresses.ts'
import type { DnsProbe, HttpProbe, TcpProbe, Try, UdpProbe, WorkerProbe } from '../probes/probe.ts'

/** What a try tells while it is made: where it comes from, and how it ends. */
interface Course {
  locate(socket: { localAddress?: string | undefined; localPort?: number | undefined }): void
  /** The first end counts. */
  succeed(): void
  fail(detail: string): void
}

/** Begins a try, and returns what ends it at once. */
type Begin<P> = (probe: P, course: Course) => () => void

/** What errors are called by those who have them; others go by their own name. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EADDRNOTAVAIL: 'no address to send from',
  EACCES: 'prohibited',
  EPERM: 'a rule of this namespace does not let it out',
  // A route of the type blackhole.
  EINVAL: 'a route leads nowhere',
  ENOTFOUND: 'no such name',
  ENODATA: 'the name has no such address',
  ESERVFAIL: 'the server failed',
  EREFUSED: 'the server refuses to answer',
}

const describe = ({ code, message }: NodeJS.ErrnoException): string =>
  words[code ?? ''] ?? (message || String(code))

const tcp: Begin<TcpProbe> = ({ address: host, port }, course) => {
  const socket = connect({ host, port })
  socket.on('connect', () => {
    course.locate(socket)
    course.succeed()
  })
  socket.on('error', (error) => course.fail(describe(error)))
  return () => socket.destroy()
}

/** What somebody else has said, with nothing in it that a terminal would obey. */
const shorten = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text).replaceAll(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const udp: Begin<UdpProbe> = ({ address, port, send, reply = '' }, course) => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  let open = true
  socket.on('error', (error) => course.fail(describe(error)))
  socket.on('message', (message) => {
    const text = message.toString()
    if (text.includes(reply)) course.succeed()
    else course.fail(`answered ${shorten(text)}, expected ${shorten(reply)}`)
  })
  // Connected, a socket learns that it was refused.
  const connected = (error?: Error): void => {
    if (error) course.fail(describe(error))
    if (error || !open) return
    const { address: localAddress, port: localPort } = socket.address()
    course.locate({ localAddress, localPort })
    socket.send(send)
  }
  socket.connect(port, address, connected)
  return () => {
    if (open) socket.close()
    open = false
  }
}

/** What is read of a body to look for a text in. */
const mostBytes = 1 << 20

const judgeBody = (body: Buffer, wanted: string): string | undefined =>
  body.includes(wanted) ? undefined : `the body is without ${shorten(wanted)}`

const judgeStatus = (found = 0, wanted: number | undefined): string | undefined => {
  const ok = wanted === undefined ? found >= 200 && found < 400 : found === wanted
  return ok ? undefined : `status ${found}, expected ${String(wanted ?? '2xx or 3xx')}`
}

const readBody = (response: IncomingMessage, wanted: string, course: Course): void => {
  const chunks: Buffer[] = []
  let size = 0
  const finish = (): void => {
    const problem = judgeBody(Buffer.concat(chunks), wanted)
    if (problem === undefined) course.succeed()
    else course.fail(problem)
  }
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > mostBytes) finish()
  })
  response.on('end', finish)
  response.on('error', (error) => course.fail(describe(error)))
}

/** A certificate is for a name, and checks go by address: so nobody looks at it, as with Kubernetes' probes. */
const requestUrl = (url: string): ClientRequest => {
  const options = { agent: false, headers: { 'user-agent': 'netplan' }, rejectUnauthorized: false }
  return url.startsWith('https:') ? requestHttps(url, options) : requestHttp(url, options)
}

const http: Begin<HttpProbe> = ({ url, status, body }, course) => {
  const request = requestUrl(url)
  request.on('socket', (socket) => socket.on('connect', () => course.locate(socket)))
  request.on('error', (error) => course.fail(describe(error)))
  request.on('response', (response) => {
    const problem = judgeStatus(response.statusCode, status)
    if (problem !== undefined) course.fail(problem)
    else if (body === undefined) course.succeed()
    else readBody(response, body, course)
  })
  request.end()
  return () => request.destroy()
}

const sorted = (addresses: readonly string[]): string =>
  addresses.map(canonicalAddress).sort().join(', ')

const dns: Begin<DnsProbe> = ({ host, server, type, answers, timeoutSeconds }, course) => {
  // Its own patience is the longer one: who waits says how long.
  const resolver = new Resolver({ timeout: Math.ceil(timeoutSeconds * 2000), tries: 1 })
  resolver.setServers([server.includes(':') ? `[${server}]` : server])
  const take = (error: NodeJS.ErrnoException | null, found: readonly string[]): void => {
    if (error) course.fail(describe(error))
    else if (answers === undefined || sorted(answers) === sorted(found)) course.succeed()
    else course.fail(`answered ${sorted(found)}, expected ${sorted(answers)}`)
  }
  if (type === 'A') resolver.resolve4(host, take)
  else resolver.resolve6(host, take)
  return () => resolver.cancel()
}

const begin = (probe: WorkerProbe, course: Course): (() => void) => {
  switch (probe.kind) {
    case 'tcp':
      return tcp(probe, course)
    case 'udp':
      return udp(probe, course)
    case 'http':
      return http(probe, course)
    case 'dns':
      return dns(probe, course)
  }
}

/** Makes one try of a probe, from where this program runs. It is over when the probe's time is. */
export const attempt = (probe: WorkerProbe): Promise<Try> =>
  new Promise((resolve) => {
    const began = performance.now()
    let local: Socket | undefined
    const finish = (ok: boolean, detail: string): void => {
      clearTimeout(timer)
      resolve({ ok, detail, milliseconds: performance.now() - began, local })
      // What failed at once has nothing to be ended by yet.
      setImmediate(() => end())
    }
    const silence = `no answer within ${probe.timeoutSeconds} s`
    const timer = setTimeout(() => finish(false, silence), probe.timeoutSeconds * 1000)
    const course: Course = {
      locate: ({ localAddress: address, localPort: port }) => {
        if (address !== undefined && port !== undefined)
          local = { address: canonicalAddress(address), port }
      },
      succeed: () => finish(true, ''),
      fail: (detail) => finish(false, detail),
    }
    const end = begin(probe, course)
  })
