import { styleText } from 'node:util'

/** Colours a text, or leaves it. */
export type Style = (format: 'green' | 'yellow' | 'red' | 'dim' | 'bold', text: string) => string

export const plain: Style = (_, text) => text

const colored: Style = (format, text) => styleText(format, text, { validateStream: false })

/** no-color.org and force-color.org, then whether somebody looks. */
export const chooseStyle = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Style => {
  if (noColor || (env['NO_COLOR'] ?? '') !== '') return plain
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '' && forced !== '0') return colored
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? colored : plain
}
