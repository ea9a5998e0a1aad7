// Programs that are killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine } from '../machine.ts'
import type { Runner } from '../protocol.ts'

/** When somebody is killed: so many milliseconds after its start, or after it has got the node's lock. */
export interface Doom {
  readonly after: 'start' | 'lock'
  readonly delay: number
}

/** Who has the lock in this file, or had it last. */
const holderOf = (lock: string): number | undefined => {
  try {
    return (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid
  } catch {
    return undefined // nobody yet, or it is saying so just now
  }
}

const text = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Runs a program on a machine, which gets a SIGKILL when its time has come, if it is still there then. */
export const runDoomed = (machine: Machine, lock: string, { after, delay }: Doom): Runner => ({
  exec: async (argv, { env = {}, input = '' } = {}) => {
    const [program = '', ...args] = [...machine.enter, ...argv]
    const child = spawn(program, args, {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...env },
    })
    child.stdin.on('error', () => undefined) // it is gone already
    child.stdin.end(input)
    const closed = once(child, 'exit') as Promise<[number | null]>
    const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
    const kill = async (): Promise<void> => {
      while (after === 'lock' && isRunning() && holderOf(lock) !== child.pid) await sleep(5)
      await sleep(delay)
      child.kill('SIGKILL')
    }
    const [stdout, stderr, [code]] = await Promise.all([
      ...([text(child.stdout), text(child.stderr), closed] as const),
      kill(),
    ])
    return { code: code ?? -1, stdout, stderr }
  },
})
