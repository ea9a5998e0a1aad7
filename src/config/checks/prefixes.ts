import { canonicalPrefix, hasHostBits, networkOf } from '../../net/addresses.ts'
import type { Path } from '../located.ts'
import type { Problem } from './topology.ts'

/** A prefix with host bits set: the kernel refuses it in a route, and matches something else in a rule. */
export const checkHostBits = (prefix: string | undefined, path: Path): readonly Problem[] => {
  if (prefix === undefined || !hasHostBits(prefix)) return []
  const message = `${canonicalPrefix(prefix)} has host bits set; the network is ${networkOf(prefix)}`
  return [{ code: 'value', message, path }]
}
