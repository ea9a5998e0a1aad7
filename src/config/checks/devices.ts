import type { Path } from '../located.ts'
import { findNearest, quote } from '../words.ts'
import { describeSpace, type Problem, type Topology } from './topology.ts'

/** The problem that a device is named at the path which the namespace does not have. */
export const checkDevice = (
  { devices }: Topology,
  namespace: string,
  name: string | undefined,
  path: Path,
): readonly Problem[] => {
  // Every namespace has its loopback device from the start.
  if (name === undefined || name === 'lo') return []
  const known = devices.get(namespace)
  if (known?.has(name)) return []
  const message = `no device ${quote(name)} in ${describeSpace(namespace)}`
  const elsewhere = [...devices].find(([, named]) => named.has(name))?.[0]
  const nearest = findNearest(name, known?.keys() ?? [])
  const where =
    elsewhere === undefined
      ? declareHint(namespace, name)
      : `${name} is in ${describeSpace(elsewhere)}`
  const hint = nearest === undefined ? where : `did you mean ${quote(nearest)}? ${where}`
  return [{ code: 'reference', message, path, hint }]
}

const declareHint = (namespace: string, name: string): string => {
  const body = namespace === '' ? '{}' : `{ namespace: ${namespace} }`
  return `if ${name} exists already, write "${name}: ${body}" under interfaces`
}
