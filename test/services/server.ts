import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Answer, Listener } from './protocol.ts'

/** Asked so, a server closes after its answer: the client keeps its port. */
export const lastQuestion = 'last'

// A socket for both families shows IPv4 addresses so.
const plain = (address: string): string => address.replace(/^::ffff:/, '')

const serveTcp = async (name: string, { port, address = '::' }: Listener): Promise<void> => {
  const server = createServer({ noDelay: true }, (socket) => {
    const { remoteAddress = '', remotePort: peerPort = 0 } = socket
    const answer: Answer = { server: name, port, peer: plain(remoteAddress), peerPort }
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      socket.write(`${JSON.stringify(answer)}\n`)
      if (data.toString().includes(lastQuestion)) socket.end()
    })
  })
  server.listen({ host: address, port, backlog: 4096 })
  await once(server, 'listening')
}

const serveUdp = async (name: string, { port, address = '::' }: Listener): Promise<void> => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (_, { address: peer, port: peerPort }) => {
    const answer: Answer = { server: name, port, peer: plain(peer), peerPort }
    // Who has gone away gets no answer.
    socket.send(JSON.stringify(answer), peerPort, peer, () => undefined)
  })
  socket.bind({ address, port })
  await once(socket, 'listening')
}

// In flags of /proc/net/if_inet6, with an address that is nobody's yet; its scope is global.
const tentative = 0x40
const globalScope = 0

const hasTentative = (): boolean =>
  readFileSync('/proc/self/net/if_inet6', 'utf8')
    .split('\n')
    .some((line) => {
      const [, , , scope = '', flags = ''] = line.split(/\s+/)
      return parseInt(scope, 16) === globalScope && (parseInt(flags, 16) & tentative) !== 0
    })

/** Waits until every address serves: a second or two where the kernel looks for duplicates. */
const waitForAddresses = async (): Promise<void> => {
  for (let tries = 0; tries < 250 && hasTentative(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20))
}

const served = new Set<string>()

const keyOf = ({ protocol, port, address = '' }: Listener): string =>
  `${protocol} ${address} ${port}`

/**
 * Answers everybody who asks, with the server's name and the address that they came from. What is
 * served already stays as it is.
 */
export const serve = async (name: string, listeners: readonly Listener[]): Promise<void> => {
  await waitForAddresses()
  const wanted = listeners.filter((one) => !served.has(keyOf(one)))
  for (const one of wanted) served.add(keyOf(one))
  await Promise.all(
    wanted.map((one) => (one.protocol === 'tcp' ? serveTcp(name, one) : serveUdp(name, one))),
  )
}
