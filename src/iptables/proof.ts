import { canonicalOf } from './forms.ts'
import type { Form } from './forms.ts'
import type { SavedTable } from './save.ts'

/** What forms jump to. */
const jumpTarget = 'NP111-REFUSE'

/** The chain of a form, by its place in the list. */
const chainOf = (index: number): string => `F${String(index)}`

/** A form and its place. */
export type Placed = readonly [Form, number]

/** A text for iptables-restore: in a chain of its own, each form as it is written and as it is read back. */
export const proofText = (forms: readonly Placed[]): string => {
  const tables = [...new Set(forms.map(([{ table }]) => table))]
  return tables
    .map((table) => {
      const here = forms.filter(([form]) => form.table === table)
      const chains = [jumpTarget, ...here.map(([, index]) => chainOf(index))]
      const rules = here.flatMap(([form, index]) =>
        [form.rule, canonicalOf(form)].map((rule) => `-A ${chainOf(index)} ${rule}`.trimEnd()),
      )
      const lines = [`*${table}`, ...chains.map((chain) => `:${chain} - [0:0]`), ...rules, 'COMMIT']
      return lines.map((line) => `${line}\n`).join('')
    })
    .join('')
}

/** What was read back of a form, where it is not what it is to be; undefined: it is. */
export const differenceOf = (
  [form, index]: Placed,
  saved: ReadonlyMap<string, SavedTable>,
): string | undefined => {
  const found = saved.get(form.table)?.get(chainOf(index))?.rules ?? []
  const expected = canonicalOf(form)
  if (found.length === 2 && found.every((rule) => rule === expected)) return undefined
  return found.find((rule) => rule !== expected) ?? `${String(found.length)} rules of 2`
}
