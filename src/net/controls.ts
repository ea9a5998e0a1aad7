/** Control characters and those that change the direction of text, as \\u escapes. */
export const escapeControls = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The same for what is to stay on its line: a name makes no line of its own, which a log or a pipeline would take for ours. */
export const escapeLine = (text: string): string =>
  escapeControls(text).replaceAll('\t', '\\u0009').replaceAll('\n', '\\u000a')

/** The same for every text of a document: a terminal obeys none of it, and shows it as it is meant. */
export const escapeAll = <T>(value: T): T => {
  if (typeof value === 'string') return escapeLine(value) as T
  if (Array.isArray(value)) return value.map((one: unknown) => escapeAll(one)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, escapeAll(inner as unknown)]),
  ) as T
}
