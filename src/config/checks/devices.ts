import type { Path } from '../located.ts'
import { quote, suggest } from '../words.ts'
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
  const hint =
    elsewhere === undefined
      ? (suggest(name, known?.keys() ?? []) ?? declareHint(namespace, name))
      : `${name} is in ${describeSpace(elsewhere)}`
  return [{ code: 'reference', message, path, hint }]
}

const declareHint = (namespace: string, name: string): string => {
  const body = namespace === '' ? '{}' : `{ namespace: ${namespace} }`
  return `if it exists already, declare it under interfaces: "${name}: ${body}"`
}
