import { randomInt } from 'node:crypto'
import { redact, textsOf } from '../kernel/redact.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { makeAliases } from '../net/aliases.ts'
import { escapeLine } from '../net/controls.ts'
import type { Loaded } from './load.ts'

const macPattern = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g

/** MAC addresses that the configuration gives, or makes: they are nobody's, and planned by. */
const macsOf = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(texts.join('\n').toLowerCase().match(macPattern))

/**
 * A snapshot for others to see.
 *
 * @param tell is told what of that the files have, too: it has to be replaced there
 */
export const redactFor = (
  { source, expansion }: Loaded,
  snapshot: Snapshot,
  tell: (text: string) => void,
): Snapshot => {
  const files = source.files.map((name) => ({ name, text: source.text(name) ?? '' }))
  const texts = files.map(({ text }) => text)
  const kept = macsOf([JSON.stringify(expansion.resources), ...texts])
  const random = (below: number): number => randomInt(below)
  const aliases = makeAliases([...texts, ...textsOf(snapshot)], { random, kept })
  for (const { name, text } of files)
    for (const [one, alias] of aliases.find(text))
      tell(`netplan: in ${escapeLine(name)}, put ${alias} in the place of ${one}\n`)
  return redact(snapshot, aliases)
}
