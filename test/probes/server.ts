// A server of everything that checks are made of: HTTP and HTTPS, TCP, UDP and DNS, at all addresses of the
// namespace that it is started in. It says "ready", and ends with its input.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer } from 'node:net'

const page: RequestListener = ({ url = '' }, response) => {
  const status = Number(/^\/(\d{3})/.exec(url)?.[1] ?? 200)
  if (url === '/never') return
  response.writeHead(status, { location: '/elsewhere' })
  if (url === '/half') response.write('beginning')
  else response.end(url === '/large' ? 'x'.repeat(3 << 20) : `all is well at ${url}`)
}

/** What the name server knows. */
const names: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'web.example 1': [
    [10, 0, 1, 2],
    [10, 0, 1, 3],
  ],
  'web.example 28': [[0xfd, ...new Array<number>(14).fill(0), 1]],
}

const readName = (question: Buffer): readonly [name: string, end: number] => {
  const labels: string[] = []
  let at = 12
  for (let size = question[at] ?? 0; size > 0; size = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + size))
    at += size + 1
  }
  return [labels.join('.').toLowerCase(), at + 1]
}

/** RFC 1035: the question again, and a record for each address. */
const answerDns = (question: Buffer): Buffer => {
  const [name, end] = readName(question)
  const type = question.readUInt16BE(end)
  const known = name === 'web.example'
  const answers = names[`${name} ${String(type)}`] ?? []
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(known ? 0x8580 : 0x8583, 2)
  header.writeUInt16BE(answers.length, 6)
  header.writeUInt32BE(0, 8)
  const records = answers.map((data) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]),
  )
  return Buffer.concat([header, question.subarray(12, end + 4), ...records])
}

const serveUdp = async (port: number, reply: (message: Buffer) => Buffer | undefined) => {
  const socket = createSocket('udp6')
  socket.on('message', (message, { address, port: peer }) => {
    const answer = reply(message)
    if (answer) socket.send(answer, peer, address)
  })
  socket.bind(port, '::')
  await once(socket, 'listening')
}

const [key, cert] = process.argv.slice(2).map((file) => readFileSync(file))
const streams = [
  [8000, createHttp(page)],
  [8001, createServer((socket) => socket.on('error', () => undefined).end('hello\n'))],
  ...(key && cert ? [[8443, createHttps({ key, cert }, page)] as const] : []),
] as const
for (const [port, server] of streams) {
  server.listen(port, '::')
  await once(server, 'listening')
}
await serveUdp(8002, (message) => (message.toString() === 'silence' ? undefined : message))
await serveUdp(53, answerDns)
process.stdin.on('end', () => process.exit()).resume()
process.stdout.write('ready\n')
