import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import { runProbes } from '../../src/kernel/probes.ts'
import type { ProbeOptions } from '../../src/kernel/probes.ts'
import type { Probe, ProbeResult } from '../../src/probes/probe.ts'
import type { TestNode } from '../node/harness.ts'
import { nodeFor } from '../node/story.ts'

/** The section `checks`, of lines of YAML, as the program has it. */
export const checksOf = async (
  lines: readonly string[],
  namespaces: readonly string[] = [],
): Promise<readonly Probe[]> => {
  const sections = [
    'version: 1',
    `namespaces: { ${namespaces.map((name) => `${name}: {}`).join(', ')} }`,
    `checks: [${lines.map((line) => `{ ${line} }`).join(', ')}]`,
  ]
  const readStdin = () => Promise.resolve(sections.join('\n'))
  const result = await loadConfig({ files: ['-'], readStdin })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return expand(result.source.config, result.source.locate).probes
}

/** How probes went, in a line each. */
export const told = (results: readonly ProbeResult[]): string[] =>
  results.map(({ probe: { name }, ok, detail }) =>
    ok ? `ok ${name}` : `FAILED ${name}: ${detail}`,
  )

/** A node with a pod that serves everything. */
export interface Stage {
  readonly node: TestNode
  readonly pod: string
  /** Makes checks; those `from: pod` are made from the pod. */
  make(lines: readonly string[], options?: Partial<ProbeOptions>): Promise<string[]>
  /** Starts the server again, which `stop` ended. */
  serve(): Promise<void>
  stop(): Promise<void>
}

const startServer = async (
  netns: string,
  files: readonly string[],
): Promise<() => Promise<void>> => {
  const program = fileURLToPath(new URL('server.js', import.meta.url))
  const argv = [`--net=/run/netns/${netns}`, '--', process.execPath, program, ...files]
  const child = spawn('nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await closed
  }
}

const connectPod = (node: TestNode, pod: string): void => {
  node.exec(['ip', 'netns', 'add', pod])
  node.ip(`link add name eth0 type veth peer name eth0 netns ${pod}`)
  for (const [namespace, number] of [
    [undefined, 1],
    [pod, 2],
  ] as const) {
    node.ip('link set dev lo up', namespace)
    node.ip(`address add 10.0.0.${String(number)}/24 dev eth0`, namespace)
    node.ip(`address add fd00::${String(number)}/64 dev eth0 nodad`, namespace)
    node.ip('link set dev eth0 up', namespace)
  }
}

/** A stage for one test, which ends with it. */
export const openStage = async (
  t: ExecutionContext,
  certificate: readonly string[] = [],
): Promise<Stage> => {
  const node = nodeFor(t)
  const pod = node.ns('pod')
  connectPod(node, pod)
  let stop = await startServer(pod, certificate)
  t.teardown(() => stop())
  return {
    node,
    pod,
    make: async (lines, options) => {
      const probes = await checksOf(lines, ['pod', 'nowhere'])
      const netnsOf = (name: string): string =>
        `/run/netns/${name === '' ? node.name : node.ns(name)}`
      return told(await runProbes(probes, { netnsOf, ...options }))
    },
    serve: async () => {
      stop = await startServer(pod, certificate)
    },
    stop: () => stop(),
  }
}

/** The parent of a process, and its command line; of one that is gone nothing. */
const describeProcess = (pid: string): { parent: number; command: string } => {
  try {
    const [, parent = '0'] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }
  } catch {
    return { parent: 0, command: '' }
  }
}

/** The workers that this process has started, and that have not ended. */
export const findWorkers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => {
      const { parent, command } = describeProcess(name)
      return parent === process.pid && command.includes('/src/probe.js')
    })
    .map(Number)
