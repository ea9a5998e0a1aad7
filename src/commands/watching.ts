import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { openNode } from '../kernel/namespaces.ts'
import { monitorNode } from '../kernel/monitor.ts'
import { filesSource } from '../sources/files.ts'
import { openSource } from '../sources/index.ts'
import { joinSources } from '../sources/join.ts'
import { SourceError } from '../sources/source.ts'
import type { Source } from '../sources/source.ts'
import { openHealth } from '../watch/health.ts'
import { openLastGood } from '../watch/last-good.ts'
import { openLog } from '../watch/log.ts'
import type { Logger } from '../watch/log.ts'
import type { LogLevel } from '../watch/log-levels.ts'
import { startLoop } from '../watch/loop.ts'
import type { Loop, Outcome, Round, Running } from '../watch/loop.ts'
import { readLastGood, remembering } from '../watch/remember.ts'
import { parseMaxDelete } from '../watch/max-delete.ts'
import type { MaxDelete } from '../watch/max-delete.ts'
import { openMetrics } from '../watch/metrics.ts'
import { serve } from '../watch/server.ts'
import { exitCodes, Failure } from './failure.ts'
import type { ExitCode } from './failure.ts'
import { keepRound } from './keeping.ts'
import type { KeepFlags, Keeping } from './keeping.ts'
import { parseVars } from './load.ts'
import { logPlan, makeReports } from './watch-reports.ts'
import type { Telling } from './watch-reports.ts'

const timing = { coalesce: 200, backOff: [500, 30_000] } as const

/** How often files are read though nobody said that they changed, and how long they have to stay the same, in milliseconds. */
const reading = { poll: 10_000, settle: 50 }

/** For the first word of a source, where it is asked once, in milliseconds. */
const onePatience = 30_000

/** How a node is to be kept: see the flags of `netplan watch`. */
export interface WatchOptions extends KeepFlags {
  /** Files and folders; none where the source says everything. */
  readonly file: readonly string[]
  readonly source?: string | undefined
  /** In seconds. */
  readonly resync: number
  readonly once: boolean
  readonly 'dry-run': boolean
  readonly 'max-delete': string
  readonly listen: { readonly host: string; readonly port: number } | 'none'
  readonly 'metrics-file'?: string | undefined
  readonly 'state-dir': string
  readonly 'log-level': LogLevel
}

const sourceOf = async ({ file, source }: WatchOptions): Promise<Source> => {
  const files = filesSource({ files: file, cwd: process.cwd(), ...reading })
  if (source === undefined || source === 'file') return files
  try {
    const remote = await openSource(source)
    return file.length === 0 ? remote : joinSources([files, remote])
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new Failure(exitCodes.usage, 'usage', error.message)
  }
}

/** The first signal ends it behind the round that is under way, a second one at once. */
const heedSignals = (
  reload: () => void,
  log: Logger,
): { stop: AbortSignal; halt: AbortSignal; dispose(): void } => {
  const stop = new AbortController()
  const halt = new AbortController()
  const end = (signal: NodeJS.Signals): void => {
    log.info(
      { signal },
      stop.signal.aborted ? 'ending at once' : 'ending; the network stays as it is',
    )
    if (stop.signal.aborted) halt.abort()
    stop.abort()
  }
  const hangUp = (): void => {
    log.info('reading everything anew')
    reload()
  }
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', hangUp)
  return {
    stop: stop.signal,
    halt: halt.signal,
    dispose: () => process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', hangUp),
  }
}

const codeOf = (outcome: Outcome | undefined): ExitCode => {
  switch (outcome?.kind) {
    case 'inSync':
    case 'applied':
      return exitCodes.done
    case 'differs':
      return exitCodes.differs
    default:
      return exitCodes.error
  }
}

/** One look, at the first that the source says. */
const lookOnce = async ({ source, round, reports, signal }: Loop): Promise<ExitCode> => {
  // A signal of AbortSignal.timeout() that only another signal knows is collected, and never comes.
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), onePatience)
  const ends = AbortSignal.any([signal, patience.signal])
  const tell: typeof reports.sourced = (event) => reports.sourced(event)
  try {
    for await (const revision of source.subscribe({ signal: ends, tell })) {
      reports.revised(revision)
      if (revision.documents.length === 0) break
      const began = performance.now()
      reports.began(['source'])
      const outcome = await round(revision)
      reports.ended(outcome, performance.now() - began)
      return codeOf(outcome)
    }
    return exitCodes.error
  } finally {
    clearTimeout(timer)
  }
}

const listen = async (
  { once, listen: where }: WatchOptions,
  telling: Parameters<typeof serve>[1],
): Promise<() => Promise<void>> => {
  if (once || where === 'none') return () => Promise.resolve()
  try {
    return (await serve(where, telling)).close
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const text = `cannot listen: ${message}; --listen says where else, or none`
    throw new Failure(exitCodes.error, 'listen', text)
  }
}

const openTelling = (
  { 'log-level': level, resync, 'metrics-file': file }: WatchOptions,
  version: string,
): Telling => ({
  log: openLog(level),
  metrics: openMetrics(version),
  health: openHealth(resync * 1000),
  file,
})

/** A round for these flags, which says what it finds. */
const makeRound = (
  flags: WatchOptions,
  version: string,
  beside: Pick<Keeping, 'halt' | 'look' | 'maxDelete'>,
  { log, metrics }: Telling,
): Round =>
  keepRound({
    ...{ ...beside, version, flags, dryRun: flags['dry-run'] },
    warned: (diagnostics) => {
      for (const { message, location } of diagnostics) log.warn({ location }, message)
    },
    planned: (document) => {
      metrics.planned(document)
      logPlan(log, document)
    },
  })

const requireMaxDelete = (text: string): MaxDelete => {
  const found = parseMaxDelete(text)
  if (found) return found
  throw new Failure(exitCodes.usage, 'usage', '--max-delete takes a number, or a share: 25%')
}

/**
 * V8 lets a heap grow to twice what is in use before it looks what is not: quick for a command, and waste in a program
 * that sleeps nearly always.
 */
const saveMemory = (): void => setFlagsFromString('--optimize-for-size')

/** What ends with the loop, the last that was begun first. */
type Endings = (() => unknown)[]

/** Opens all that a loop needs, and runs it; what is to be ended is put into `endings` as it is opened. */
const run = async (flags: WatchOptions, version: string, endings: Endings): Promise<ExitCode> => {
  const { netns, once } = flags
  const maxDelete = requireMaxDelete(flags['max-delete'])
  // What is no variable would be none in each look.
  parseVars(flags.var ?? [])
  const [node, source] = [await openNode(netns), await sourceOf(flags)]
  const telling = openTelling(flags, version)
  const { log } = telling
  endings.push(await listen(flags, telling))
  const begun: { running?: Running } = {}
  const { stop, halt, dispose } = heedSignals(() => begun.running?.reload(), log)
  endings.push(dispose)
  const monitor = monitorNode(node.path, () => begun.running?.moved())
  endings.push(() => monitor.close())
  const round = makeRound(flags, version, { halt, maxDelete, look: () => monitor.look() }, telling)
  const whose = [source.name, ...flags.file.map((file) => resolve(file)), netns ?? '']
  const lastGood = openLastGood(flags['state-dir'], whose)
  const loop: Loop = {
    ...{ source, reports: makeReports(telling), signal: stop },
    timing: { ...timing, resync: flags.resync * 1000 },
    round: flags['dry-run'] ? round : remembering(round, lastGood, log),
    first: once ? undefined : await readLastGood(lastGood, log),
  }
  log.info({ version, source: source.name, node: netns }, 'watching')
  if (once) return lookOnce(loop)
  saveMemory()
  begun.running = startLoop(loop)
  await begun.running.done
  return exitCodes.done
}

/** Keeps a node as a source has it, until a signal comes. Returns what to end with. */
export const watch = async (flags: WatchOptions, version: string): Promise<ExitCode> => {
  const endings: Endings = []
  try {
    return await run(flags, version, endings)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new Failure(exitCodes.error, 'source', error.message)
  } finally {
    for (const end of endings.toReversed()) await end()
  }
}
