// A program for a pod: `lines.js serve` writes numbered lines to whoever comes, `lines.js follow ADDRESS` reads
// them over one connection until it is told to end, and then says how many came. Fails where one is missing.
import { connect, createServer } from 'node:net'

const port = 5002

const serve = (): void => {
  const server = createServer((socket) => {
    let number = 0
    const timer = setInterval(() => {
      number += 1
      socket.write(`${String(number)}\n`)
    }, 5)
    socket.on('close', () => clearInterval(timer))
    socket.on('error', () => clearInterval(timer))
  })
  server.listen({ host: '::', port }, () => process.stdout.write('ready\n'))
}

const follow = (host: string): void => {
  let rest = ''
  let last = 0
  const socket = connect({ host, port }, () => process.stdout.write('ready\n'))
  socket.on('data', (chunk) => {
    const lines = `${rest}${chunk.toString()}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (Number(line) !== last + 1) throw new Error(`line ${line} after ${String(last)}`)
      last = Number(line)
    }
  })
  socket.on('close', () => {
    throw new Error(`the connection ended after line ${String(last)}`)
  })
  process.on('SIGTERM', () => {
    process.stdout.write(`${String(last)}\n`, () => process.exit(0))
  })
}

const [, , verb, address = ''] = process.argv
if (verb === 'serve') serve()
else follow(address)
