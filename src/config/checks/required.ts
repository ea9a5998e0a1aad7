import { describeExpected } from '../expectations.ts'
import type { Path } from '../located.ts'
import { nodeAt, requiredOf } from '../schema-nodes.ts'
import { describePath } from '../subjects.ts'
import { findMeantKey } from '../unknown-keys.ts'
import type { WrittenConfig } from '../config.ts'
import type { Problem } from './topology.ts'

const sections = ['veths', 'vxlans'] as const

/** One mistake, and told as what it is. */
const isMisspelt = (path: Path, link: object, key: string): boolean =>
  Object.keys(link).some((other) => findMeantKey(path, other) === key)

/** The keys that a mapping has to have, and has not. */
export const missingKeys = (link: unknown, path: Path): readonly Problem[] => {
  // Of another shape, which the schema tells.
  if (typeof link !== 'object' || link === null || Array.isArray(link)) return []
  const node = nodeAt(path) ?? {}
  return requiredOf(node)
    .filter((key) => !Object.hasOwn(link, key) && !isMisspelt(path, link, key))
    .map((key) => {
      const expected = describeExpected(nodeAt([...path, key]) ?? {})
      const message = `${describePath(path)} needs "${key}"`
      return { code: 'schema', message, path, part: 'key', hint: `${key} is ${expected}` }
    })
}

/**
 * Keys that a link has to have: looked for once all is put together that the file says of it, for what a cluster
 * makes may be added to by a key or two.
 */
export const checkRequired = (
  config: Pick<WrittenConfig, (typeof sections)[number]>,
): readonly Problem[] =>
  sections.flatMap((section) => {
    if (Array.isArray(config[section])) return []
    return Object.entries<unknown>(config[section] ?? {}).flatMap(([name, link]) => {
      const path = [section, name]
      const { peer } = (link ?? {}) as { readonly peer?: unknown }
      return [...missingKeys(link, path), ...missingKeys(peer, [...path, 'peer'])]
    })
  })
