// A program for a pod: `tcp.js serve` echoes whatever comes, `tcp.js send ADDRESS` sends 1 MiB and
// exits 0 if the very same comes back.
import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'

const port = 5001

const serve = (): void => {
  const server = createServer((socket) => socket.pipe(socket))
  server.listen({ host: '::', port }, () => process.stdout.write('ready\n'))
}

const send = (host: string): void => {
  const sent = randomBytes(1 << 20)
  const received: Buffer[] = []
  const socket = connect({ host, port, timeout: 10_000 }, () => socket.end(sent))
  socket.on('timeout', () => socket.destroy(new Error(`nothing from ${host} for 10 s`)))
  socket.on('data', (chunk) => received.push(chunk))
  socket.on('end', () => {
    if (Buffer.concat(received).equals(sent)) return
    throw new Error(`what comes back from ${host} is not what was sent`)
  })
}

const [, , verb, address = ''] = process.argv
if (verb === 'serve') serve()
else send(address)
