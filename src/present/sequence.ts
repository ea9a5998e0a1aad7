import { diffArrays } from 'diff'

/** A line of a unified diff: added, removed, as before, or left out. */
export interface SequenceLine {
  readonly marker: '+' | '-' | ' '
  readonly text: string
}

const gap: SequenceLine = { marker: ' ', text: '...' }

/** How many lines beside a change are shown. */
const context = 2

const shorten = (
  lines: readonly SequenceLine[],
  isFirst: boolean,
  isLast: boolean,
): readonly SequenceLine[] => {
  const head = isFirst ? 0 : context
  const tail = isLast ? 0 : context
  if (lines.length <= head + tail + 1) return lines
  return [...lines.slice(0, head), gap, ...(tail === 0 ? [] : lines.slice(-tail))]
}

/**
 * How one sequence becomes another, by their longest common subsequence: a rule put in before others
 * is one line, and not a change of all behind it.
 *
 * @param full with everything that stays
 */
export const sequenceLines = (
  before: readonly string[],
  after: readonly string[],
  full: boolean,
): readonly SequenceLine[] => {
  // Of what is new, or goes, nothing has to be compared.
  if (before.length === 0) return after.map((text) => ({ marker: '+', text }))
  if (after.length === 0) return before.map((text) => ({ marker: '-', text }))
  const parts = diffArrays([...before], [...after])
  return parts.flatMap(({ added, removed, value }, index) => {
    const marker = added ? '+' : removed ? '-' : ' '
    const lines = value.map((text): SequenceLine => ({ marker, text }))
    if (marker !== ' ' || full) return lines
    return shorten(lines, index === 0, index === parts.length - 1)
  })
}
