import pLimit from 'p-limit'
import type { LimitFunction } from 'p-limit'
import type { Socket } from '../net/sockets.ts'
import { isDecided, judge, untried } from '../probes/judge.ts'
import { longestSeconds } from '../probes/probe.ts'
import type { Probe, ProbeResult, Try, WorkerProbe } from '../probes/probe.ts'
import { findRepliers } from './connections.ts'
import { readNamespaceFile } from './namespaces.ts'
import { ping } from './ping.ts'
import { run } from './run.ts'
import { startWorker } from './worker.ts'
import type { Worker } from './worker.ts'

export interface ProbeOptions {
  /** The file to enter a namespace of the configuration by, '' being the node; undefined is our own, or none. */
  netnsOf(namespace: string): string | undefined
  onProgress?(done: number, total: number): void
  /** Those that fail are tried again until so many seconds have passed: what was just made may need a while. */
  readonly patienceSeconds?: number
  /** Whom that is for; default all. Those that failed before a change are hardly worth the wait. */
  isAwaited?(probe: Probe): boolean
  /** Ends it: what is not through is not tried. */
  readonly signal?: AbortSignal | undefined
  /** How long programs that make checks may take beyond the time of the checks. */
  readonly graceSeconds?: number
}

const mostAtOnce = 16

// Each is a process of Node, which takes memory.
const mostWorkers = 8

const defaultGrace = 10

/** Between two attempts of the patient. */
const pauseSeconds = 0.5

/** What all probes of a run share. */
interface Round extends ProbeOptions {
  readonly limit: LimitFunction
  /** Those that run. */
  readonly workers: Set<Worker>
  finished(): void
}

/** What probes of one namespace share. */
interface Site {
  readonly netns: string | undefined
  /** The worker, started when it is first needed. */
  worker(): Worker
}

const graceOf = ({ graceSeconds = defaultGrace }: ProbeOptions): number => graceSeconds * 1000

type ReachingProbe = Extract<WorkerProbe, { reaches: unknown }>

const isReaching = (probe: Probe): probe is ReachingProbe =>
  'reaches' in probe && probe.reaches.length > 0

/** Asks for the tries of a probe, as many as it has; why there are none, where it cannot be tried. */
type Ask = (probe: WorkerProbe) => Promise<readonly Try[] | string>

// A connection that was reset is known to conntrack for ten seconds more.
const mostBetweenLooks = 64

/** Makes connections, and asks the node whom they reached: it is there that they are led on. */
const runReaching = async (
  probe: ReachingProbe,
  ask: Ask,
  node: string | undefined,
): Promise<ProbeResult> => {
  const { address, port, count } = probe
  const protocol = probe.kind === 'udp' ? 'udp' : 'tcp'
  const tries: Try[] = []
  const reached: Socket[] = []
  while (tries.length < count && !isDecided(probe, tries)) {
    const some = await ask({ ...probe, count: Math.min(count - tries.length, mostBetweenLooks) })
    if (typeof some === 'string') return untried(probe, some)
    const sources = some.flatMap(({ local }) => local ?? [])
    const found = await findRepliers(node, { protocol, destination: { address, port }, sources })
    if (typeof found === 'string') return untried(probe, found)
    tries.push(...some)
    reached.push(...found)
  }
  return judge(probe, { tries, reached })
}

const runProbe = async (probe: Probe, site: Site, round: Round): Promise<ProbeResult> => {
  const { signal, netnsOf } = round
  if (signal?.aborted === true) return untried(probe, 'interrupted')
  const graceMilliseconds = graceOf(round)
  const ask: Ask = (one) => site.worker().ask(one, longestSeconds(one) * 1000 + graceMilliseconds)
  if (isReaching(probe)) return runReaching(probe, ask, netnsOf(''))
  const tries =
    probe.kind === 'ping'
      ? await ping(probe, { netns: site.netns, graceMilliseconds, signal })
      : await ask(probe)
  return typeof tries === 'string' ? untried(probe, tries) : judge(probe, { tries })
}

/** A worker that is started when it is needed, and gone when `use` is through. */
const withWorker = async <T>(
  netns: string | undefined,
  { workers }: Round,
  use: (site: Site) => Promise<T>,
): Promise<T> => {
  let worker: Worker | undefined
  const start = (): Worker => {
    const started = startWorker(netns)
    workers.add(started)
    return started
  }
  try {
    return await use({ netns, worker: () => (worker ??= start()) })
  } finally {
    await worker?.close()
    if (worker) workers.delete(worker)
  }
}

/** Whether a namespace can be entered. */
const isThere = async (namespace: string, path: string | undefined): Promise<boolean> => {
  if (namespace === '') return true
  const file = path === undefined ? undefined : await readNamespaceFile(path)
  return file !== undefined && !file.stale
}

/** Probes of one namespace. */
const runFrom = async (
  namespace: string,
  probes: readonly Probe[],
  round: Round,
): Promise<readonly ProbeResult[]> => {
  const netns = round.netnsOf(namespace)
  const tell = (result: ProbeResult): ProbeResult => {
    round.finished()
    return result
  }
  if (!(await isThere(namespace, netns)))
    return probes.map((probe) => tell(untried(probe, `namespace ${namespace} is not there`)))
  return withWorker(netns, round, (site) =>
    Promise.all(
      probes.map((probe) => round.limit(async () => tell(await runProbe(probe, site, round)))),
    ),
  )
}

/** Those that share a worker; those of a namespace that need none are by themselves. */
const groupProbes = (probes: readonly Probe[]): readonly (readonly Probe[])[] => {
  const groups = new Map<string, Probe[]>()
  for (const probe of probes) {
    const key = `${String(probe.kind === 'ping')} ${probe.from}`
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(probe)
  }
  return [...groups.values()]
}

/** All probes once, in their order. */
const runOnce = async (
  probes: readonly Probe[],
  options: ProbeOptions,
): Promise<readonly ProbeResult[]> => {
  let done = 0
  const finished = (): void => options.onProgress?.((done += 1), probes.length)
  const workers = new Set<Worker>()
  const round: Round = { ...options, limit: pLimit(mostAtOnce), workers, finished }
  const places = pLimit(mostWorkers)
  const runGroup = (group: readonly Probe[]): Promise<readonly ProbeResult[]> => {
    const [first] = group
    const go = (): Promise<readonly ProbeResult[]> => runFrom(first?.from ?? '', group, round)
    return first?.kind === 'ping' ? go() : places(go)
  }
  const kill = (): void => workers.forEach((worker) => worker.kill('interrupted'))
  options.signal?.addEventListener('abort', kill)
  const results = await Promise.all(groupProbes(probes).map(runGroup)).finally(() =>
    options.signal?.removeEventListener('abort', kill),
  )
  const byProbe = new Map(results.flat().map((result) => [result.probe, result]))
  return probes.flatMap((probe) => byProbe.get(probe) ?? [])
}

/** A program that is missing is told of before anything is tried, or changed. */
const requirePrograms = async (
  probes: readonly Probe[],
  { netnsOf }: ProbeOptions,
): Promise<void> => {
  if (probes.some(({ from }) => netnsOf(from) !== undefined)) await run({ argv: ['nsenter', '-V'] })
  if (probes.some(({ kind }) => kind === 'ping')) await run({ argv: ['ping', '-V'] })
  if (probes.some(isReaching)) await run({ argv: ['conntrack', '-V'] })
}

/**
 * Tries what has to work, in parallel, within bounded time, and says how it went, in the order of the probes.
 * A probe that cannot be tried, as from a namespace that is not there, has failed.
 *
 * @throws StartError where ping, conntrack or nsenter is missing
 */
export const runProbes = async (
  probes: readonly Probe[],
  options: ProbeOptions,
): Promise<readonly ProbeResult[]> => {
  await requirePrograms(probes, options)
  const { patienceSeconds = 0, isAwaited = () => true, signal } = options
  const deadline = performance.now() + patienceSeconds * 1000
  let results = await runOnce(probes, options)
  const failed = (): readonly Probe[] =>
    results.flatMap(({ ok, probe }) => (!ok && isAwaited(probe) ? [probe] : []))
  while (failed().length > 0 && performance.now() < deadline && signal?.aborted !== true) {
    await new Promise((resolve) => setTimeout(resolve, pauseSeconds * 1000))
    const again = new Map(
      (await runOnce(failed(), { ...options, onProgress: () => undefined })).map((result) => [
        result.probe,
        result,
      ]),
    )
    results = results.map((result) => again.get(result.probe) ?? result)
  }
  return results
}
