import type { Diagnostic } from './diagnostics.ts'
import { findAt, type Located } from './located.ts'
import { makeError } from './report.ts'

const hints: ReadonlyMap<unknown, readonly [string, string]> = new Map([
  ['plan', ['a saved plan', 'netplan apply FILE carries it out, netplan show FILE shows it']],
  ['snapshot', ['a snapshot of a node', 'netplan plan --state FILE plans for that node']],
])

/** The one error for a document that netplan wrote, instead of a list of keys that it does not know. */
export const detectDocument = (root: Located): Diagnostic | undefined => {
  const version = findAt(root, ['formatVersion'])
  if (!version?.key) return undefined
  const type = findAt(root, ['type'])
  const [what, hint] = hints.get(type?.value.kind === 'scalar' ? type.value.value : undefined) ?? [
    'a document that netplan printed',
    'a configuration has sections such as "bridges:" and "routes:"',
  ]
  return makeError('schema', `${what}, and no configuration`, version.key, hint)
}
