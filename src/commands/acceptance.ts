import type { Diagnostic } from '../config/diagnostics.ts'
import type { Expansion } from '../expand/index.ts'
import type { Node } from '../kernel/namespaces.ts'
import { diagnoseProbe, regressions } from '../probes/regressions.ts'
import { makeChecks } from './probing.ts'
import type { Progress } from './progress.ts'

/** The checks of the file, around an apply. */
export interface Acceptance {
  /** Whether the node may stay as it is now: an error for each check that passed before, and fails. */
  accept(): Promise<readonly Diagnostic[]>
}

export interface AcceptanceOptions {
  readonly node: Node
  readonly expansion: Pick<Expansion, 'resources' | 'probes'>
  /** Ends it. */
  readonly stop: AbortSignal
  readonly progress: Progress
  tell(warnings: readonly Diagnostic[]): void
}

/** How long what was just made may take to work, in seconds: addresses are tried, bridges learn, programs notice. */
const patienceSeconds = 10

/** Makes the checks for the first time. Those that fail now are named, and count no more. */
export const beginAcceptance = async (options: AcceptanceOptions): Promise<Acceptance> => {
  const { node, expansion, stop, progress, tell } = options
  // The line of progress is the apply's: it ends it.
  const shared: Progress = { update: (text) => progress.update(text), end: () => undefined }
  const before = await makeChecks(node, expansion, { signal: stop }, shared)
  const failing = before.filter(({ ok }) => !ok)
  if (!stop.aborted)
    tell(
      failing.map((result) => {
        const { message, ...diagnostic } = diagnoseProbe(result, 'warning')
        return { ...diagnostic, message: `${message}: it fails already, and is not counted` }
      }),
    )
  const passed = new Set(before.filter(({ ok }) => ok).map(({ probe }) => probe.name))
  return {
    accept: async () => {
      const isAwaited = ({ name }: { readonly name: string }): boolean => passed.has(name)
      const patience = { signal: stop, patienceSeconds, isAwaited }
      const after = await makeChecks(node, expansion, patience, shared)
      return regressions(before, after).broken.map((result) => diagnoseProbe(result, 'error'))
    },
  }
}
