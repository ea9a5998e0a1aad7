import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import type { Applied, Trouble } from '../../src/apply/apply.ts'
import { recordedHost } from '../../src/commands/host.ts'
import { openSession } from '../../src/commands/session.ts'
import type { Session } from '../../src/commands/session.ts'
import { takeSnapshot } from '../../src/commands/taking.ts'
import { undertake } from '../../src/commands/undertake.ts'
import { openView } from '../../src/commands/view.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatDiagnostic } from '../../src/config/frame.ts'
import { expand } from '../../src/expand/index.ts'
import type { Expansion } from '../../src/expand/index.ts'
import type { Backend } from '../../src/iptables/restore.ts'
import type { Answers } from '../../src/kernel/answers.ts'
import { parseSnapshot } from '../../src/kernel/parse-snapshot.ts'
import { stateDirectory } from '../../src/kernel/state.ts'
import { openWriter } from '../../src/kernel/writer.ts'
import type { Plan, PlanResult } from '../../src/plan/plan.ts'

/** Runs a program and returns what it printed; throws with its own words where it fails. */
export const sh = (argv: readonly string[], input = ''): string => {
  const [program = '', ...args] = argv
  return execFileSync(program, args, {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
  })
}

let counter = 0

/** A throw-away node in a namespace of its own, and everything that a test does with it. */
export interface TestNode {
  readonly name: string
  /** A name for a namespace that no other test uses. */
  ns(name: string): string
  /** Runs `ip` in the node or in one of its namespaces. Many lines are one process, up to the first that fails. */
  ip(lines: string, namespace?: string): string
  /** Any other program. */
  exec(argv: readonly string[], namespace?: string): string
  plan(yaml: string, options?: PlanOptions): Promise<Plan>
  tryPlan(yaml: string, options?: PlanOptions): Promise<PlanResult>
  /** What is planned from a snapshot of the node, as on another machine. */
  planElsewhere(yaml: string, options?: PlanOptions): Promise<PlanResult>
  apply(yaml: string, options?: PlanOptions): Promise<Done>
  destroy(yaml: string, options?: PlanOptions): Promise<Done>
  open(yaml: string, options?: PlanOptions): Promise<Session>
  /** Loses what was noted of it. */
  forget(): void
  /** Ends the node and every namespace that carries its prefix. */
  remove(): void
}

export interface PlanOptions {
  readonly adopt?: boolean
  /** The iptables to use. */
  readonly iptables?: Backend | undefined
  /** What the endpoints of services call the node; default its name here. */
  readonly nodeName?: string
  /** Who is asked; default the kernel. */
  readonly answers?: Answers
}

export interface Done {
  readonly plan: Plan
  readonly applied: Applied
  /** Programs that write, counted where they are started. */
  readonly writes: number
}

const expandText = async (yaml: string, nodeName = ''): Promise<Expansion> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  if (!result.ok) {
    const text = result.diagnostics.map((one) => formatDiagnostic(one, result.text)).join('\n')
    throw new Error(`invalid test configuration:\n${text}\n${yaml}`)
  }
  return expand(result.source.config, result.source.locate, nodeName)
}

export const describeProblems = (result: PlanResult): string =>
  result.ok ? '' : result.diagnostics.map(({ message }) => message).join('\n')

/** Plans, and applies that. */
export const carryOut = async (session: Session): Promise<Done> => {
  const result = await session.plan()
  if (!result.ok) throw new Error(`no plan: ${describeProblems(result)}`)
  const writer = openWriter()
  const applied = await undertake(session, result, { writer, command: 'test' })
  return { plan: result.plan, applied, writes: writer.count }
}

/** What a failed apply says; undefined where it was done. */
export const failureOf = ({ applied, plan }: Done): string | undefined => {
  if (applied.outcome === 'done') return undefined
  const steps = plan.steps.map(({ step }) => `${step.namespace ?? ''}: ${step.argv.join(' ')}`)
  const { trouble, back } = applied
  const left = back.complete ? 'rolled back' : JSON.stringify(back, null, 1)
  return `${describeTrouble(trouble)}\n${left}\n${steps.join('\n')}`
}

const describeTrouble = (trouble: Trouble): string => {
  switch (trouble.kind) {
    case 'refused':
      return `${trouble.failure.step.argv.join(' ')}: ${trouble.failure.message}`
    case 'unverified':
      return `left: ${JSON.stringify(trouble.left.changes, null, 1)}`
    case 'unreadable':
    case 'rejected':
      return trouble.diagnostics.map(({ message }) => message).join('\n')
    case 'interrupted':
      return 'interrupted'
    case 'error':
      return String((trouble.error as Error).stack)
  }
}

/** There are thousands of them in a run: `ip -n` is one program less than `nsenter`, and `-batch` one for all lines. */
const runIp = (namespace: string, text: string): string => {
  const [line, ...more] = text
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  if (line === undefined) return ''
  // With -n they would come and go in the mounts of that process alone.
  const at = line.startsWith('netns ') ? [] : ['-n', namespace]
  return more.length === 0
    ? sh(['ip', ...at, ...line.split(' ')])
    : sh(['ip', ...at, '-batch', '-'], `${[line, ...more].join('\n')}\n`)
}

export const createNode = (): TestNode => {
  counter += 1
  const name = `t${String(process.pid)}x${String(counter)}`
  sh(['ip', 'netns', 'add', name])
  sh(['ip', '-n', name, 'link', 'set', 'dev', 'lo', 'up'])
  const inode = statSync(`/run/netns/${name}`).ino
  const open = async (yaml: string, options: PlanOptions = {}): Promise<Session> => {
    const { adopt = false, iptables, nodeName = name, answers } = options
    return openSession(await expandText(yaml, nodeName), { netns: name, adopt, iptables, answers })
  }
  const forget = (): void =>
    rmSync(`${stateDirectory}/${String(inode)}`, { recursive: true, force: true })
  const tryPlan = async (yaml: string, options?: PlanOptions): Promise<PlanResult> =>
    (await open(yaml, options)).plan()
  return {
    name,
    ns: (short) => `${name}-${short}`,
    ip: (lines, namespace = name) => runIp(namespace, lines),
    exec: (argv, namespace = name) => sh(['nsenter', `--net=/run/netns/${namespace}`, ...argv]),
    open,
    tryPlan,
    plan: async (yaml, options) => {
      const result = await tryPlan(yaml, options)
      if (!result.ok) throw new Error(`no plan: ${describeProblems(result)}`)
      return result.plan
    },
    planElsewhere: async (yaml, options = {}) => {
      const { adopt = false, iptables, nodeName = name } = options
      const { snapshot } = await takeSnapshot({
        open: (answers) => open(yaml, { ...options, answers }),
        names: { netns: name },
        version: '0',
      })
      const host = recordedHost(parseSnapshot(JSON.stringify(snapshot), name), name)
      return openView(host, await expandText(yaml, nodeName), { adopt, iptables }).plan()
    },
    apply: async (yaml, options) => carryOut(await open(yaml, options)),
    destroy: async (yaml, { iptables } = {}) => {
      const { owner, resources } = await expandText(yaml)
      const session = await openSession(
        { owner, resources: [] },
        { netns: name, adopt: false, iptables, places: resources },
      )
      return carryOut(session)
    },
    forget,
    remove: () => {
      // The next namespace may get this one's number, and would take its records for its own.
      forget()
      const own = readdirSync('/run/netns').filter(
        (one) => one === name || one.startsWith(`${name}-`),
      )
      runIp(name, own.map((one) => `netns delete ${one}`).join('\n'))
    },
  }
}
