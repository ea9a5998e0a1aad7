import type { Path } from '../located.ts'

/** One of a list, and where it stands: a value that is no list stands at the key itself. */
export interface Spot {
  readonly text: string
  readonly path: Path
}

export const spotsOf = (
  value: string | readonly string[] | undefined,
  path: Path,
): readonly Spot[] => {
  if (value === undefined) return []
  if (typeof value === 'string') return [{ text: value, path }]
  return value.map((text, index) => ({ text, path: [...path, index] }))
}

/** Where the first of a value's list stands. */
export const firstPath = (value: string | readonly string[] | undefined, path: Path): Path =>
  spotsOf(value, path)[0]?.path ?? path
