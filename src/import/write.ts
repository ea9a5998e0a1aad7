import type { Path } from '../config/located.ts'
import { printYaml } from '../config/print.ts'
import type { Printed, PrintedEntry } from '../config/print.ts'
import { compareNames } from '../net/order.ts'
import type { Draft, Omission, Remark } from './draft.ts'

type Plain = boolean | number | string | null | readonly Plain[] | { readonly [key: string]: Plain }

const isMap = (value: Plain): value is Readonly<Record<string, Plain>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isScalar = (value: Plain): boolean => typeof value !== 'object' || value === null

const isScalars = (value: Plain): boolean =>
  isScalar(value) || (Array.isArray(value) && value.every(isScalar))

/** What fits beside its name stands there. */
const widest = 76

const fits = (value: Readonly<Record<string, Plain>>): boolean =>
  Object.values(value).every(isScalars) && JSON.stringify(value).length <= widest

const printMap = (
  value: Readonly<Record<string, Plain>>,
  path: Path,
  remarks: readonly Remark[],
): Printed => ({
  kind: 'map',
  flow: path.length > 1 && fits(value),
  entries: Object.entries(value).map(([name, inner]) =>
    printEntry(name, inner, [...path, name], remarks),
  ),
})

const print = (value: Plain, path: Path, remarks: readonly Remark[]): Printed => {
  if (isMap(value)) return printMap(value, path, remarks)
  if (!Array.isArray(value)) return { kind: 'scalar', value: value as string }
  const items = (value as readonly Plain[]).map((item, at) => print(item, [...path, at], remarks))
  return { kind: 'list', items, flow: items.every(({ kind }) => kind === 'scalar') }
}

const isAt = (path: Path, { path: other }: Remark): boolean =>
  path.length === other.length && path.every((key, at) => key === other[at])

const printEntry = (
  name: string,
  value: Plain,
  path: Path,
  remarks: readonly Remark[],
): PrintedEntry => {
  const above = remarks.find((remark) => isAt(path, remark))?.text
  return { name, above, value: print(value, path, remarks) }
}

/** With each reason once. */
const listOmissions = (omissions: readonly Omission[]): readonly string[] => {
  const byReason = new Map<string, string[]>()
  for (const { what, why } of omissions) byReason.set(why, [...(byReason.get(why) ?? []), what])
  return [...byReason].flatMap(([why, all]) => [
    `${why}:`,
    ...[...new Set(all)].toSorted(compareNames).map((what) => `  ${what}`),
  ])
}

const printed = (config: object, remarks: readonly Remark[]): readonly PrintedEntry[] =>
  Object.entries(config as Readonly<Record<string, Plain>>).map(([name, value]) =>
    printEntry(name, value, [name], remarks),
  )

const theirHead = 'Rules of others, which stay as they are. In this file they would be:'

/** What stands at the end of the file. */
const footOf = ({ omissions, theirs }: Draft): string | undefined => {
  const rules = Object.keys(theirs).length === 0 ? '' : printYaml(printed(theirs, [])).trimEnd()
  const parts = [
    ...(omissions.length === 0 ? [] : ['Left out:', ...listOmissions(omissions)]),
    ...(rules === ''
      ? []
      : [
          ...(omissions.length === 0 ? [] : ['']),
          theirHead,
          ...rules.split('\n').map((line) => `  ${line}`),
        ]),
  ]
  return parts.length === 0 ? undefined : parts.join('\n')
}

/**
 * A draft as a file, with what is not in it at its end.
 *
 * @param head what is said of the file
 */
export const writeDraft = (draft: Draft, head: string): string => {
  const foot = footOf(draft)
  const entries = printed(draft.config, draft.remarks)
  return printYaml(entries, { head, ...(foot === undefined ? {} : { foot }) })
}
