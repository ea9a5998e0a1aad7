import type { Diagnostic, Location } from '../config/diagnostics.ts'
import type { Plan } from '../plan/plan.ts'
import { foldGroups } from '../present/fold.ts'
import type { Block } from '../present/fold.ts'
import type { Change } from './scene.ts'

/** How much a plan may destroy, with the lines that say so; a flag has none. */
export interface Limits {
  readonly maxDestroy?: { readonly count: number; readonly source?: Location | undefined }
  readonly protect: readonly Protection[]
}

/** Objects that are to stay, by what plans call them. */
interface Protection {
  /** With `*` for anything: "address * on eth0". */
  readonly pattern: string
  readonly source?: Location | undefined
}

interface Part {
  readonly address: string
  readonly title: string
  readonly group: string | null
  readonly actions: readonly ('create' | 'update' | 'delete')[]
  readonly change: Change
}

const partOf = (change: Change): Part => ({
  address: change.identity,
  title: change.title,
  group: change.group ?? null,
  actions: change.action === 'replace' ? ['delete', 'create'] : [change.action],
  change,
})

/** What a person sees deleted or replaced: a service is one, whatever it is made of. */
const findDestroyed = ({ changes }: Pick<Plan, 'changes'>): readonly Block<Part>[] =>
  foldGroups(changes.map(partOf)).filter(({ actions }) => actions[0] === 'delete')

/** Whether a text is a pattern's, in which `*` stands for any characters. */
export const matches = (pattern: string, text: string): boolean => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return text.endsWith(last)
}

/** A group goes by its own name alone; anything else by what people call it, and by its address. */
const namesOf = ({ title, changes }: Block<Part>): readonly string[] =>
  changes.flatMap(({ group, address }) => (group === null ? [title, address] : [title]))

const refuseProtected = (
  block: Block<Part>,
  protect: readonly Protection[],
): readonly Diagnostic[] => {
  const names = namesOf(block)
  const found = protect.find(({ pattern }) => names.some((name) => matches(pattern, name)))
  const [first] = block.changes
  if (!found || !first) return []
  const { reason, after } = first.change
  const fate = block.actions.length === 2 ? 'replaced' : 'deleted'
  const why = reason === undefined ? '' : ` (${reason})`
  const message = `${block.title} is protected, and would be ${fate}${why}`
  const related = after?.source
  return [
    {
      severity: 'error',
      code: 'limit',
      message,
      ...(found.source ? { location: found.source } : {}),
      ...(related && found.source ? { related } : {}),
    },
  ]
}

const most = 5

const refuseNumber = (
  destroyed: readonly Block<Part>[],
  { maxDestroy }: Limits,
): readonly Diagnostic[] => {
  if (!maxDestroy || destroyed.length <= maxDestroy.count) return []
  const titles = destroyed.slice(0, most).map(({ title }) => title)
  const more = destroyed.length > most ? [`and ${String(destroyed.length - most)} more`] : []
  const count = `${String(destroyed.length)} object${destroyed.length === 1 ? '' : 's'}`
  const list = [...titles, ...more].join(', ')
  const message = `${count} would be deleted or replaced, and ${String(maxDestroy.count)} may be: ${list}`
  const { source } = maxDestroy
  return [
    {
      severity: 'error',
      code: 'limit',
      message,
      ...(source ? { location: source } : {}),
      hint: `--max-destroy ${String(destroyed.length)} allows it for once`,
    },
  ]
}

/** What a plan destroys beyond what it may. */
export const overLimits = (plan: Pick<Plan, 'changes'>, limits: Limits): readonly Diagnostic[] => {
  const destroyed = findDestroyed(plan)
  return [
    ...refuseNumber(destroyed, limits),
    ...destroyed.flatMap((block) => refuseProtected(block, limits.protect)),
  ]
}
