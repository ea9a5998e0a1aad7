import { createSocket } from 'node:dgram'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerQuestion } from '../net/questions.ts'
import type { Socket } from '../net/sockets.ts'

/** Where a program of ours is to answer, and how: over TCP with a page, over UDP with what it is sent, or as a name server. */
export interface Listening extends Socket {
  readonly protocol: 'tcp' | 'udp'
}

/** It ends; rejected where nobody can listen there. */
const listenTcp = ({ address: host, port }: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer((_, response) => {
      response.setHeader('connection', 'close')
      response.end('a stand-in of netplan rehearse\n')
    })
    server.once('error', reject)
    // Who sends something else than HTTP has its connection all the same.
    server.on('clientError', (_, socket) => socket.destroy())
    server.listen({ host, port }, () => resolve())
  })

const listenUdp = ({ address, port }: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', reject)
    socket.on('message', (message, from) => {
      socket.send(answerQuestion(message) ?? message, from.port, from.address)
    })
    socket.bind(port, address, () => {
      // Who asked may be gone: that is nothing to end for.
      socket.on('error', () => undefined)
      resolve()
    })
  })

/** How long an address of IPv6 may take until nobody else is found to have it, in milliseconds. */
const patience = 3000

const pause = 100

const isAwaited = (error: NodeJS.ErrnoException): boolean => error.code === 'EADDRNOTAVAIL'

const words: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken already',
  EADDRNOTAVAIL: 'the address cannot be used there',
}

/** Listens until this program ends; why it cannot, or null. */
export const respond = async (place: Listening): Promise<string | null> => {
  const listen = place.protocol === 'tcp' ? listenTcp : listenUdp
  for (let waited = 0; ; waited += pause) {
    try {
      await listen(place)
      return null
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      if (!isAwaited(error as NodeJS.ErrnoException) || waited >= patience)
        return words[code] ?? message
    }
    await sleep(pause)
  }
}
