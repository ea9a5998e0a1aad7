// A connection that exchanges a number every 10 ms, until standard input ends; then it says how that went.
//
//   undisturbed-exchange.js serve PORT
//   undisturbed-exchange.js ask ADDRESS PORT
import { connect, createServer } from 'node:net'
import { performance } from 'node:perf_hooks'

/** How it went. */
export interface Exchanged {
  readonly sent: number
  readonly answered: number
  /** The longest time without an answer, in milliseconds. */
  readonly stall: number
  /** What ended the connection before we did; empty where nothing did. */
  readonly broken: string
}

const serve = (port: number): void => {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  server.listen(port, '0.0.0.0', () => process.stdout.write('ready\n'))
}

const report = (exchanged: Exchanged): never => {
  process.stdout.write(`${JSON.stringify(exchanged)}\n`)
  process.exit()
}

const ask = (host: string, port: number): void => {
  const socket = connect({ host, port, noDelay: true })
  let [sent, answered, stall, broken, rest] = [0, 0, 0, '', '']
  let last = performance.now()
  const mark = (): void => {
    stall = Math.max(stall, performance.now() - last)
  }
  socket.on('connect', () => {
    last = performance.now()
    process.stdout.write('ready\n')
    setInterval(() => socket.write(`${sent++}\n`), 10)
  })
  socket.on('data', (data) => {
    const numbers = `${rest}${data.toString()}`.split('\n')
    rest = numbers.pop() ?? ''
    for (const number of numbers)
      if (Number(number) === answered) answered++
      else broken ||= `${number} instead of ${answered}`
    mark()
    last = performance.now()
  })
  socket.on('error', (error) => (broken ||= error.message))
  socket.on('end', () => (broken ||= 'closed'))
  process.stdin.resume().on('end', () => {
    mark()
    report({ sent, answered, stall: Math.round(stall), broken })
  })
}

const [role, ...words] = process.argv.slice(2)
if (role === 'serve') {
  serve(Number(words[0]))
  process.stdin.resume().on('end', () => process.exit())
} else ask(words[0] ?? '', Number(words[1]))
