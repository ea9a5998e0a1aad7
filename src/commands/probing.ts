import type { Expansion } from '../expand/index.ts'
import type { Node } from '../kernel/namespaces.ts'
import { runProbes } from '../kernel/probes.ts'
import type { ProbeOptions } from '../kernel/probes.ts'
import type { ProbeResult } from '../probes/probe.ts'
import { placesOf } from '../resources/namespace.ts'
import { exitCodes, Failure } from './failure.ts'
import { showProgress } from './progress.ts'

/** Calls `use` with a signal that says when somebody interrupts: programs that make checks end with us. */
export const untilInterrupted = async <T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  try {
    const result = await use(controller.signal)
    if (!controller.signal.aborted) return result
    throw new Failure(exitCodes.interrupted, 'interrupted', 'interrupted')
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** How long is waited for checks, and for which. */
export type Patience = Omit<ProbeOptions, 'netnsOf' | 'onProgress'>

/** Makes the checks of a configuration, and shows how far that is. */
export const makeChecks = async (
  node: Node,
  { resources, probes }: Pick<Expansion, 'resources' | 'probes'>,
  options: Patience = {},
  progress = showProgress(),
): Promise<readonly ProbeResult[]> => {
  // Checks are made from namespaces of the file alone: no record is needed to find them.
  const paths = new Map(placesOf(resources, new Map()).map(({ name, path }) => [name, path]))
  try {
    return await runProbes(probes, {
      ...options,
      netnsOf: (namespace) => (namespace === '' ? node.path : paths.get(namespace)),
      onProgress: (done, total) =>
        progress.update(`${String(done)} of ${String(total)} checks are made`),
    })
  } finally {
    progress.end()
  }
}
