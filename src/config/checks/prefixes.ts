import {
  canonicalPrefix,
  contains,
  hasHostBits,
  networkOf,
  type Family,
} from '../../net/addresses.ts'
import { lengthOf } from '../../net/subnets.ts'
import type { Path } from '../located.ts'
import { findTwins, type Problem } from './topology.ts'

/** A prefix with host bits set: the kernel refuses it in a route, and matches something else in a rule. */
export const checkHostBits = (prefix: string | undefined, path: Path): readonly Problem[] => {
  if (prefix === undefined || !hasHostBits(prefix)) return []
  const message = `${canonicalPrefix(prefix)} has host bits set; the network is ${networkOf(prefix)}`
  return [{ code: 'value', message, path }]
}

/** Host bits in a list of prefixes, and prefixes that are in it twice. */
export const checkPrefixes = (
  prefixes: readonly string[] | undefined,
  path: Path,
): readonly Problem[] => {
  const entries = (prefixes ?? []).map((prefix, index) => ({ prefix, at: [...path, index] }))
  return [
    ...entries.flatMap(({ prefix, at }) => checkHostBits(prefix, at)),
    ...findTwins(entries, ({ prefix }) => canonicalPrefix(prefix)).map(
      ([{ prefix, at }, first]): Problem => ({
        code: 'duplicate',
        message: `${canonicalPrefix(prefix)} is there twice`,
        path: at,
        related: first.at,
      }),
    ),
  ]
}

/** Whether all of a prefix is in the other one. */
export const isWithin = (prefix: string, outer: string): boolean =>
  lengthOf(prefix) >= lengthOf(outer) && contains(outer, prefix)

/** Whether two prefixes have an address in common. */
export const overlap = (one: string, other: string): boolean =>
  isWithin(one, other) || isWithin(other, one)

/** 'IPv4', of a family. */
export const nameFamily = (family: Family): string => (family === 'inet' ? 'IPv4' : 'IPv6')
