import type { Family } from '../net/addresses.ts'

/** What a chain says, rule by rule, in one family. */
interface Said<T> {
  readonly entry: T
  /** It does not say of itself which family it is of. */
  readonly isOpen: boolean
}

/**
 * Two chains, that of IPv4 and that of IPv6, as one list in which each keeps its order: what both say is said once,
 * and what one says alone is said for that family.
 *
 * @param only an entry for one family
 */
export const mergeFamilies = <T>(
  four: readonly Said<T>[],
  six: readonly Said<T>[],
  only: (entry: T, family: Family) => T,
): readonly T[] => {
  const merged: T[] = []
  const alone = ({ entry, isOpen }: Said<T>, family: Family): T =>
    isOpen ? only(entry, family) : entry
  const keys = six.map(({ entry }) => JSON.stringify(entry))
  let next = 0
  for (const one of four) {
    const at = one.isOpen ? keys.indexOf(JSON.stringify(one.entry), next) : -1
    if (at < 0) {
      merged.push(alone(one, 'inet'))
      continue
    }
    merged.push(...six.slice(next, at).map((other) => alone(other, 'inet6')), one.entry)
    next = at + 1
  }
  return [...merged, ...six.slice(next).map((other) => alone(other, 'inet6'))]
}
