import type { Config } from '../config/config.ts'
import type { Path } from '../config/located.ts'
import type { Draft } from './draft.ts'

/** Sections of one value each, and lists: what can be taken out of a file by itself. */
const lists: ReadonlySet<string> = new Set([
  ...['addresses', 'routes', 'rules', 'neighbors', 'fdb', 'remotes'],
  ...['forwarding', 'masquerade', 'iptables'],
])

/** The smallest thing around a value that the file may do without: an item of a list, or an entry of a section. */
const unitOf = (path: Path): Path | undefined => {
  const at = path.findIndex((key, index) => lists.has(String(key)) && path[index + 1] !== undefined)
  if (at >= 0) return path.slice(0, at + 2)
  const sysctls = path.indexOf('sysctls')
  if (sysctls >= 0) return path.slice(0, sysctls + 2)
  return path.length < 2 ? undefined : path.slice(0, 2)
}

type Tree = Readonly<Record<string, unknown>> | readonly unknown[]

const isList = (tree: Tree): tree is readonly unknown[] => Array.isArray(tree)

const childAt = (tree: unknown, key: string | number): unknown =>
  (tree as Readonly<Record<string | number, unknown>> | undefined)?.[key]

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const without = (tree: Tree, [key = '', ...rest]: Path): Tree => {
  if (isList(tree)) return tree.filter((_, index) => index !== Number(key))
  const map = tree
  const name = String(key)
  const { [name]: child, ...others } = map
  if (rest.length === 0) return others
  const left = without(child as Tree, rest)
  // A list or a section of nothing says nothing; an entry that only has to be there does.
  const isSection = lists.has(name) || rest.length === 1
  return isEmpty(left) && isSection && !isEmpty(child) ? others : { ...map, [name]: left }
}

const words = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(words).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${words(inner)}`)
    .join(' ')
}

const describe = (config: Config, path: Path): string => {
  const value = path.reduce<unknown>(childAt, config)
  const [last = ''] = path.slice(-1)
  const isItem = typeof last === 'number'
  const what = isItem ? `${path.at(-2) ?? ''}: ${words(value)}` : last
  const where = path.slice(0, isItem ? -2 : -1).join(' ')
  return where === '' ? what : `${where} ${what}`
}

/**
 * A draft without what is at a path, or without as much around it as has to go with it; undefined: it is the whole.
 *
 * @param why it cannot stay
 */
export const leaveOut = (draft: Draft, path: Path, why: string): Draft | undefined => {
  const unit = unitOf(path)
  if (!unit) return undefined
  const what = describe(draft.config, unit)
  return {
    ...draft,
    config: without(draft.config as Tree, unit) as Config,
    omissions: [...draft.omissions, { what, why }],
    remarks: draft.remarks.filter((remark) => unit.some((key, at) => remark.path[at] !== key)),
  }
}
