import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from './cli.ts'

/** A line of the log. */
interface Line {
  readonly level: string
  readonly message: string
  readonly reason?: string
  readonly error?: string
  readonly outcome?: string
}

/** `netplan watch`, at work. */
export interface Watcher {
  readonly lines: readonly Line[]
  signal(name: NodeJS.Signals): void
  /** Ends it, and returns its exit code. */
  end(): Promise<number | null>
}

/** Starts it, with a folder of its own for what it keeps. */
export const startWatcher = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  state = mkdtempSync(join(tmpdir(), 'netplan-watch-')),
): Watcher => {
  const flags = ['watch', '--listen', 'none', '--state-dir', state, ...args]
  const [node = '', ...rest] = [...program, ...flags]
  const child = spawn(node, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  const lines: Line[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line.startsWith('{') ? (JSON.parse(line) as Line) : { level: '', message: line })
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  return {
    lines,
    signal: (name) => void child.kill(name),
    end: async () => {
      child.kill('SIGTERM')
      const [code] = await ended
      rmSync(state, { recursive: true, force: true })
      return code
    },
  }
}
