import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Numbered, Reply, Request, Result } from './protocol.ts'

/** A process of ours in a namespace. */
interface Agent {
  readonly pid: number
  /** The namespace itself: another one may get its name. */
  readonly inode: number
  isAlive(): boolean
  call(request: Request): Promise<readonly Result[]>
  stop(): Promise<void>
}

/** The agents of a lab: at most one in a namespace, started when it is first asked for anything. */
export interface Agents {
  call(netns: string, request: Request): Promise<readonly Result[]>
  pids(): readonly number[]
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('agent.js', import.meta.url))

// Reading this machine's certificates costs each process 45 ms.
const environment = { ...process.env, NODE_EXTRA_CA_CERTS: undefined }

const pathOf = (netns: string): string => `/run/netns/${netns}`

const inodeOf = (netns: string): number | undefined =>
  statSync(pathOf(netns), { throwIfNoEntry: false })?.ino

interface Waiting {
  resolve(results: readonly Result[]): void
  reject(error: Error): void
}

const settle = ({ resolve, reject }: Waiting, { results, failure }: Reply): void =>
  failure === undefined ? resolve(results) : reject(new Error(failure))

const start = (netns: string, inode: number): Agent => {
  const child = spawn('nsenter', [`--net=${pathOf(netns)}`, '--', process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  })
  const waiting = new Map<number, Waiting>()
  const gone = once(child, 'close').then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`the agent in ${netns} ended`))
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply
    const one = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (one) settle(one, reply)
  })
  child.stdin.on('error', () => undefined)
  let calls = 0
  return {
    pid: child.pid ?? 0,
    inode,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    call: (request) =>
      new Promise((resolve, reject) => {
        const numbered: Numbered = { id: calls++, request }
        waiting.set(numbered.id, { resolve, reject })
        child.stdin.write(`${JSON.stringify(numbered)}\n`)
      }),
    stop: () => {
      child.kill('SIGKILL')
      return gone
    },
  }
}

export const openAgents = (): Agents => {
  const agents = new Map<string, Agent>()
  const all = new Set<Agent>()
  const current = (netns: string): Agent | undefined => {
    const agent = agents.get(netns)
    return agent?.isAlive() && agent.inode === inodeOf(netns) ? agent : undefined
  }
  const begin = (netns: string): Agent => {
    const inode = inodeOf(netns)
    if (inode === undefined) throw new Error(`there is no namespace ${netns}`)
    const agent = start(netns, inode)
    agents.set(netns, agent)
    all.add(agent)
    return agent
  }
  return {
    call: async (netns, request) => (current(netns) ?? begin(netns)).call(request),
    pids: () => [...all].map(({ pid }) => pid),
    stop: async () => {
      await Promise.all([...all].map(({ stop }) => stop()))
    },
  }
}
