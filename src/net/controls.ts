/** Control characters and those that change the direction of text, as \\u escapes. */
export const escapeControls = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The same for what is to stay on its line: a name makes no line of its own, which a log or a pipeline would take for ours. */
export const escapeLine = (text: string): string =>
  special.test(text)
    ? escapeControls(text).replaceAll('\t', '\\u0009').replaceAll('\n', '\\u000a')
    : text

const special = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

const escapeList = (list: readonly unknown[]): readonly unknown[] => {
  const escaped = list.map((one) => escapeAll(one))
  return escaped.some((one, index) => one !== list[index]) ? escaped : list
}

const escapeObject = (value: Readonly<Record<string, unknown>>): unknown => {
  let escaped: Record<string, unknown> | undefined
  for (const name of Object.keys(value)) {
    const inner = escapeAll(value[name])
    if (inner !== value[name]) (escaped ??= { ...value })[name] = inner
  }
  return escaped ?? value
}

/**
 * The same for every text of a document: a terminal obeys none of it, and shows it as it is meant. What has
 * nothing to escape, as almost all, is no copy.
 */
export const escapeAll = <T>(value: T): T => {
  if (typeof value === 'string') return escapeLine(value) as T
  if (Array.isArray(value)) return escapeList(value) as T
  if (typeof value !== 'object' || value === null) return value
  return escapeObject(value as Readonly<Record<string, unknown>>) as T
}
