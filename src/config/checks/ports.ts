import type { Path } from '../located.ts'
import type { Problem } from './topology.ts'

/** A range of ports that runs backwards or too far. */
export const checkPortRange = (
  range: string | number | undefined,
  path: Path,
): readonly Problem[] => {
  if (typeof range !== 'string') return []
  const [low = 0, high = 0] = range.split('-').map(Number)
  if (low > high) {
    const hint = `write ${high}-${low}`
    return [{ code: 'value', message: `the range ${range} runs backwards`, path, hint }]
  }
  return low < 1 || high > 65535
    ? [{ code: 'value', message: `the range ${range} is not within 1-65535`, path }]
    : []
}
