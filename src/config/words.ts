import { escapeControls } from '../net/controls.ts'
import leven from 'leven'

const LONGEST_QUOTE = 60

/** Text in double quotes with nothing in it that a terminal would obey, cut where it is long. */
export const quote = (text: string): string => {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text
  return escapeControls(JSON.stringify(cut))
}

/** 'a', 'a or b', 'a, b or c'. */
export const joinWords = (words: readonly string[], last = 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`

/** The candidate that was probably meant: a letter or two off, or the same but for case, `-` and `_`. */
export const findNearest = (word: string, candidates: Iterable<string>): string | undefined => {
  let nearest: string | undefined
  let least = Infinity
  for (const candidate of candidates) {
    const isFolded = candidate !== word && fold(candidate) === fold(word)
    const isSwapped =
      candidate !== word &&
      candidate.length === word.length &&
      sortLetters(candidate) === sortLetters(word)
    const distance = isFolded ? 0 : isSwapped ? 1 : leven(word, candidate, { maxDistance: 3 })
    const allowed = Math.min(word.length, candidate.length) < 4 ? 1 : 2
    if (candidate !== word && distance <= allowed && distance < least)
      [nearest, least] = [candidate, distance]
  }
  return nearest
}

/** The hint for a near miss. */
export const suggest = (word: string, candidates: Iterable<string>): string | undefined => {
  const nearest = findNearest(word, candidates)
  return nearest === undefined ? undefined : `did you mean ${quote(nearest)}?`
}

/** Lines of at most that width, broken at spaces. */
export const wrapText = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

const sortLetters = (word: string): string => word.split('').toSorted().join('')

const fold = (word: string): string => word.toLowerCase().replace(/[-_]/g, '')
