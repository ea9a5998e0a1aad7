import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { snapshot } from '../node/snapshot.ts'
import type { Ended } from '../run.ts'

/** Waits until something holds; fails after a time that no machine needs. */
export const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 30_000) throw new Error(`never: ${what}`)
    await sleep(20)
  }
}

/** A program that is under way. */
interface Running {
  readonly child: ChildProcess
  /** How it ends. */
  readonly ended: Promise<Ended>
}

export interface StartOptions {
  /** It comes to a standstill before its batch. */
  readonly held?: boolean
  /** What it prints comes by way of a terminal, which closes as soon as the child is killed. */
  readonly terminal?: boolean
}

/** A node, and applies on it that come to a standstill before one of their batches. */
export interface Stage {
  readonly node: TestNode
  /** The configuration of `file`, with names of its own. */
  readonly yaml: string
  /** Starts the program on the configuration; with `terminal` as the leader of a terminal of its own. */
  start(args: readonly string[], options?: StartOptions): Running
  run(args: readonly string[]): Promise<Ended>
  /** Waits for an apply to come to that batch. */
  reached(): Promise<void>
  /** Lets it go on. */
  release(): void
  /** The last entry of the journal. */
  last(): {
    readonly state: string
    readonly at?: string
    readonly deadline?: string
    readonly why?: string
  }
  /** What the node has, apart from what is made again under another number. */
  look(): readonly string[]
}

const file = (pod: string): string => `
version: 1
namespaces: { ${pod}: { sysctls: { net.ipv4.ip_forward: 1 } } }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { v0: { bridge: br0, peer: { name: c0, namespace: ${pod}, addresses: [10.9.0.2/24] } } }
routes: [{ to: 10.77.0.0/16, via: 10.9.0.2 }]
`

// Writing is `ip -batch -`, or `ip -n NAME -batch -`; reading has -j.
const wrapper = (folder: string, batch: number): string => `#!/bin/sh
case "$*" in
  *'-j '*) ;;
  '-batch -' | '-n '*' -batch -')
    echo >>${folder}/batches
    if [ "$(wc -l <${folder}/batches)" = ${batch} ]; then
      : >${folder}/reached
      while [ ! -e ${folder}/go ]; do sleep 0.02; done
    fi ;;
esac
PATH=\${PATH#*:} exec ip "$@"
`

const collect = (child: ChildProcess): Promise<Ended> => {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  return once(child, 'close').then(([code]) => ({
    code: typeof code === 'number' ? code : -1,
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
  }))
}

/** By script(1), which no shell has to be quoted for: none of the words has anything in it. */
const inTerminal = (words: readonly string[]): readonly string[] => [
  'script',
  '-qec',
  `exec ${words.join(' ')}`,
  '/dev/null',
]

/** @param batch which of its batches an apply comes to a standstill before, from 1 */
export const createStage = (t: ExecutionContext, batch = 1): Stage => {
  const node = createNode()
  const folder = mkdtempSync('/run/stage-')
  t.teardown(() => {
    node.remove()
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, 'ip'), wrapper(folder, batch))
  chmodSync(join(folder, 'ip'), 0o755)
  const yaml = file(node.ns('pod'))
  writeFileSync(join(folder, 'netplan.yaml'), yaml)
  const start: Stage['start'] = ([command = '', ...args], options = {}) => {
    const { held = false, terminal = false } = options
    const source = terminal ? join(folder, 'netplan.yaml') : '-'
    const files = ['apply', 'destroy', 'plan', 'check'].includes(command) ? ['-f', source] : []
    const words = [...program, command, '--netns', node.name, ...files, ...args]
    const [runtime = '', ...rest] = terminal ? inTerminal(words) : words
    const PATH = held ? `${folder}:${process.env['PATH'] ?? ''}` : process.env['PATH']
    const child = spawn(runtime, rest, {
      env: { ...process.env, PATH },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(yaml)
    return { child, ended: collect(child) }
  }
  const journal = (): string => {
    if (!existsSync('/run/nodeplan')) return ''
    const found = readdirSync('/run/nodeplan')
      .map((inode) => join('/run/nodeplan', inode, 'netplan.journal'))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
      .find((text) => text.includes(node.ns('pod')))
    return found ?? ''
  }
  return {
    node,
    yaml,
    start,
    run: (args) => start(args).ended,
    reached: () => until('the first batch', () => existsSync(join(folder, 'reached'))),
    release: () => writeFileSync(join(folder, 'go'), ''),
    last: () => {
      const [, ...lines] = journal().trimEnd().split('\n')
      return JSON.parse(lines.at(-1) ?? '{"state":"none"}') as ReturnType<Stage['last']>
    },
    look: () => snapshot(node.name),
  }
}

export const applyArguments = ['apply', '--auto-approve', '--no-color']
