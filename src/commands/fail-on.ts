import * as Flags from '@oclif/core/flags'
import type { Diagnostic } from '../config/diagnostics.ts'
import { failKinds, refusedChanges, refuseLimits } from '../present/fail-on.ts'
import type { FailKind } from '../present/fail-on.ts'
import { isPlanned } from '../present/fleet-document.ts'
import type { FleetNodeDocument } from '../present/fleet-document.ts'

export const failOnFlag = {
  'fail-on': Flags.option({
    options: failKinds,
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    description: 'exit 1 if the plan does this; several with commas between',
  })(),
}

export const isRefused = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error')

/** The nodes of a fleet, with what of their plans is refused among what is said of them. */
export async function* refuseOnNodes(
  nodes: AsyncIterable<FleetNodeDocument>,
  kinds: readonly FailKind[],
): AsyncGenerator<FleetNodeDocument> {
  for await (const node of nodes) {
    if (!isPlanned(node.status)) yield node
    else {
      const limits = refuseLimits(node.diagnostics, kinds)
      yield { ...node, diagnostics: [...limits, ...refusedChanges(node.changes, kinds)] }
    }
  }
}
