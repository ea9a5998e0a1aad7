import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program that runs in a namespace until it is told to end. */
interface Running {
  readonly child: ChildProcess
  readonly printed: () => string
}

const lines = fileURLToPath(new URL('lines.js', import.meta.url))

const start = async (netns: string, argv: readonly string[], isReady: RegExp): Promise<Running> => {
  const child = spawn('nsenter', [`--net=/run/netns/${netns}`, '--', ...argv])
  let printed = ''
  const ready = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      printed += chunk.toString()
      if (isReady.test(printed)) resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('exit', () => {
      reject(new Error(`${argv.join(' ')} ended: ${printed}`))
    })
  })
  await ready
  return { child, printed: () => printed }
}

const stop = async ({ child, printed }: Running, signal: NodeJS.Signals): Promise<string> => {
  if (child.exitCode !== null) throw new Error(`ended before its time: ${printed()}`)
  const ended = once(child, 'close')
  child.kill(signal)
  await ended
  return printed()
}

/** Flows between pods that are not to notice anything. */
export interface Flows {
  /** Ends them; throws where a packet or a line is missing. */
  finish(): Promise<{ readonly pings: number; readonly lines: number }>
  kill(): void
}

/** Twenty echo requests a second, and every answer. */
const checkPings = (printed: string): number => {
  const numbers = [...printed.matchAll(/icmp_seq=(\d+)/g)].map(([, number]) => Number(number))
  numbers.forEach((number, index) => {
    if (number !== index + 1) throw new Error(`echo ${String(index + 1)} is lost`)
  })
  return numbers.length
}

/** Starts them from one pod to the address of another. */
export const startFlows = async (from: string, to: string, address: string): Promise<Flows> => {
  const running: Running[] = []
  const begin = async (
    netns: string,
    argv: readonly string[],
    isReady: RegExp,
  ): Promise<Running> => {
    const one = await start(netns, argv, isReady)
    running.push(one)
    return one
  }
  await begin(to, [process.execPath, lines, 'serve'], /ready/)
  const follower = await begin(from, [process.execPath, lines, 'follow', address], /ready/)
  const ping = await begin(from, ['ping', '-n', '-i', '0.05', address], /icmp_seq=1 /)
  return {
    finish: async () => {
      const pings = checkPings(await stop(ping, 'SIGINT'))
      const count = Number((await stop(follower, 'SIGTERM')).split('\n').at(-2))
      return { pings, lines: count }
    },
    kill: () => {
      for (const { child } of running) child.kill('SIGKILL')
    },
  }
}
