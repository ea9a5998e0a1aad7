#!/usr/bin/env node
// Something for pods to answer, and to ask with.
//
//   whats-my-ip.js serve PORT                         answers over HTTP and UDP, in the background
//   whats-my-ip.js ask ADDRESS:PORT [TIMES]           prints who answered whom, and how often
//   whats-my-ip.js ask udp:ADDRESS:PORT [TIMES] [OWN] the same over UDP, from the port OWN
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, get } from 'node:http'

const [, program, verb, where = '', times = '1', own] = process.argv

/** "answer of 10.0.1.2 to 10.0.1.3": IPv4 addresses as they are, although the socket is for both families. */
const answer = (server, client) => `${server} to ${client}`.replaceAll('::ffff:', '')

const serve = async (port) => {
  const http = createServer(({ socket }, response) => {
    response.end(answer(socket.localAddress, socket.remoteAddress))
  })
  // An answer has to come from the address that was asked: bound to no address, UDP does not tell it.
  const udp = createSocket('udp4', (_, { address, port: from }) => {
    const out = createSocket('udp4')
    out.connect(from, address, () => {
      const { address: self } = out.address()
      out.close()
      udp.send(answer(self, address), from, address)
    })
  })
  http.listen(port)
  udp.bind(port)
  await Promise.all([once(http, 'listening'), once(udp, 'listening')])
  console.log('ready')
}

const askOverHttp = (url) =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => {
      response.on('data', (data) => resolve(String(data)))
    })
    request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
    request.on('error', ({ code }) => resolve(code))
  })

const askOverUdp = (address, port, from) =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    const end = (text) => {
      clearTimeout(timer)
      socket.close()
      resolve(text)
    }
    const timer = setTimeout(() => end('ETIMEDOUT'), 2000)
    socket.on('message', (data) => end(String(data)))
    socket.on('error', ({ code }) => end(code))
    socket.bind(from, () => socket.connect(port, address, () => socket.send('?')))
  })

const askOnce = () => {
  const [, address, port] = /^udp:(.*):(\d+)$/.exec(where) ?? []
  if (port === undefined) return askOverHttp(`http://${where}`)
  return askOverUdp(address, Number(port), Number(own ?? 0))
}

const ask = async () => {
  const counts = new Map()
  for (let number = 0; number < Number(times); number++) {
    const text = await askOnce()
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  for (const [text, count] of [...counts].sort()) console.log(`${count} x ${text}`)
}

const startServer = async () => {
  const child = spawn(process.execPath, [program, 'serve-here', where], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  if (String(said) === 'ready\n') process.exit(0)
  console.error(`no server at port ${where}; serve-here ${where} says why`)
  process.exit(1)
}

const verbs = { ask, serve: startServer, 'serve-here': () => serve(Number(where)) }
await verbs[verb]()
