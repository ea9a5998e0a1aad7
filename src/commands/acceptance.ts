import type { Diagnostic } from '../config/diagnostics.ts'
import type { ProbeResult } from '../probes/probe.ts'
import { diagnoseProbe, regressions } from '../probes/regressions.ts'
import type { Patience } from './probing.ts'

/** The checks of the file, around an apply. */
export interface Acceptance {
  /** Whether the node may stay as it is now: an error for each check that passed before, and fails. */
  accept(): Promise<readonly Diagnostic[]>
}

export interface AcceptanceOptions {
  /** Makes the checks, as the node is then. */
  make(patience: Patience): Promise<readonly ProbeResult[]>
  /** Ends it. */
  readonly stop: AbortSignal
  tell(warnings: readonly Diagnostic[]): void
}

/** How long what was just made may take to work, in seconds: addresses are tried, bridges learn, programs notice. */
const patienceSeconds = 10

/** Makes the checks for the first time. Those that fail now are named, and count no more. */
export const beginAcceptance = async ({
  make,
  stop,
  tell,
}: AcceptanceOptions): Promise<Acceptance> => {
  const before = await make({ signal: stop })
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
      const after = await make({ signal: stop, patienceSeconds, isAwaited })
      return regressions(before, after).broken.map((result) => diagnoseProbe(result, 'error'))
    },
  }
}
