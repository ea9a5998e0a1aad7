import type { Aliases } from '../net/aliases.ts'
import type { Snapshot } from './snapshot.ts'

/** Any JSON, with its texts replaced, and the keys of its objects. */
const replaceTexts = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(
    ([key, item]) => [change(key), replaceTexts(item, change)] as const,
  )
  return Object.fromEntries(entries)
}

/** All texts of a snapshot. */
export const textsOf = (snapshot: Snapshot): readonly string[] => {
  const texts: string[] = []
  replaceTexts(snapshot, (text) => {
    texts.push(text)
    return text
  })
  return texts
}

/** Without what an address could be guessed by: the digests of what was applied; nor what tells the machine from others. */
const withoutDigests = ({ node, owners, ...rest }: Snapshot): Snapshot => ({
  ...rest,
  node: { ...node, machine: null, boot: null },
  owners: owners.map(({ owner, ownerId, notedAt, entries }) => ({
    owner,
    ownerId,
    notedAt,
    entries,
  })),
})

/** A snapshot for others to see. */
export const redact = (snapshot: Snapshot, { hide }: Aliases): Snapshot => {
  const { formatVersion, type, ...rest } = withoutDigests(snapshot)
  const hidden = replaceTexts(rest, hide) as typeof rest
  return { formatVersion, type, redacted: true, ...hidden }
}
