import type { Records } from '../kernel/records.ts'
import type { Json } from '../kernel/reader.ts'

/** A device or a namespace by its number on the node, and in the copy. */
export interface Numbers {
  /** The number in the copy of the device that has this one on the node; undefined: none has. */
  index(namespace: string, index: number): number | undefined
  namespace(name: string): { readonly node: Identity; readonly copy: Identity } | undefined
}

export interface Identity {
  readonly inode: number
  readonly born?: string | undefined
}

/** What no device has, and no namespace. */
const nobody = 0x7fffffff

const insidePattern = / in (\S+)$/

const namespacePattern = /^namespace (.+)$/

type Noted = Readonly<Record<string, Json>>

const refreshNamespace = (name: string, noted: Noted, numbers: Numbers): Noted => {
  const found = numbers.namespace(name)
  const isOf =
    found !== undefined &&
    noted['inode'] === found.node.inode &&
    (noted['born'] === undefined || noted['born'] === found.node.born)
  if (!isOf) return { ...noted, inode: nobody }
  const { inode, born } = found.copy
  return { ...noted, inode, ...(noted['born'] === undefined || born === undefined ? {} : { born }) }
}

const refresh = (identity: string, entry: Json, numbers: Numbers): Json => {
  const noted = entry as Noted
  const name = namespacePattern.exec(identity)?.[1]
  // Noted before it was made: it has no number.
  if (name !== undefined)
    return noted['inode'] === 0 ? noted : refreshNamespace(name, noted, numbers)
  const { index } = noted
  if (typeof index !== 'number' || index === 0) return entry
  const place = insidePattern.exec(identity)?.[1] ?? ''
  return { ...noted, index: numbers.index(place, index) ?? nobody }
}

/** What was noted on the node, as it has to be noted of the copy: devices and namespaces have other numbers there. */
export const refreshRecords = (records: Records, numbers: Numbers): Records => ({
  ...records,
  entries: new Map(
    [...records.entries].map(([identity, entry]) => [identity, refresh(identity, entry, numbers)]),
  ),
})
