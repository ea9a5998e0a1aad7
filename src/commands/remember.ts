import type { Memory } from '../apply/journal.ts'
import type { Plan } from '../plan/plan.ts'
import { recall } from '../plan/undo.ts'
import type { Engine } from '../resources/engine.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Resource } from '../resources/kind.ts'

/** What was observed, and whether the owner had notes. */
interface Seen {
  readonly observed: readonly Resource[]
  readonly owner: Pick<Owner, 'applied'>
  readonly known: boolean
}

/** What has to be remembered of a node, so that a plan for it can be undone. */
export const rememberNode = (
  plan: Plan,
  { observed, known, owner }: Seen,
  places: readonly Resource[],
): Memory => {
  const engine = observed.find(({ kind }) => kind === 'iptables') as Engine | undefined
  return {
    past: recall(kinds, plan, observed),
    places: places.filter(({ kind }) => kind === 'namespace'),
    iptables: engine?.programs.plain === false ? engine.programs.backend : undefined,
    known,
    applied: owner.applied,
  }
}
