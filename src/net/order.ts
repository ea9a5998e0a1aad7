const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Punctuation comes first, so that fd00:: comes before fd00:1::. */
const rankOf = (code: number): number =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code > 127
    ? code + 128
    : code

/** Where the digits end that begin at `at`. */
const endOfNumber = (text: string, at: number): number => {
  let end = at
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

/** By value, whatever their length; equal ones by their zeros in front. */
const compareNumbers = (a: string, b: string): number => {
  const [bareA, bareB] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (bareA.length !== bareB.length) return bareA.length - bareB.length
  if (bareA === bareB) return b.length - a.length
  return bareA < bareB ? -1 : 1
}

/**
 * Names in the order that a person counts in: numbers by value, so that veth2 comes before veth10, all else
 * by code unit, behind punctuation, the same in every locale. (`Intl.Collator` does it too, and costs 8 ms of CPU to be made.)
 */
export const compareNames = (a: string, b: string): number => {
  let at = 0
  while (at < a.length && at < b.length) {
    const [codeA, codeB] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (isDigit(codeA) && isDigit(codeB)) break
    if (codeA !== codeB) return rankOf(codeA) - rankOf(codeB)
    at++
  }
  const [endA, endB] = [endOfNumber(a, at), endOfNumber(b, at)]
  if (endA === at || endB === at) return a.length - b.length
  const order = compareNumbers(a.slice(at, endA), b.slice(at, endB))
  return order || compareNames(a.slice(endA), b.slice(endB))
}
