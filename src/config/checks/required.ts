import { describeExpected } from '../expectations.ts'
import type { Path } from '../located.ts'
import { nodeAt, requiredOf } from '../schema-nodes.ts'
import { findMeantKey } from '../unknown-keys.ts'
import type { WrittenConfig } from '../config.ts'
import type { Problem } from './topology.ts'

const sections = ['veths', 'vxlans'] as const

/** One mistake, and told as what it is. */
const isMisspelt = (path: Path, link: object, key: string): boolean =>
  Object.keys(link).some((other) => findMeantKey(path, other) === key)

/**
 * Keys that a link has to have: looked for once all is put together that the file says of it, for what a cluster
 * makes may be added to by a key or two.
 */
export const checkRequired = (
  config: Pick<WrittenConfig, (typeof sections)[number]>,
): readonly Problem[] =>
  sections.flatMap((section) =>
    Object.entries<unknown>(config[section] ?? {}).flatMap(([name, link]): readonly Problem[] => {
      const path = [section, name]
      if (Array.isArray(config[section]) || typeof link !== 'object' || link === null) return []
      return requiredOf(nodeAt(path) ?? {})
        .filter((key) => !Object.hasOwn(link, key) && !isMisspelt(path, link, key))
        .map((key) => {
          const expected = describeExpected(nodeAt([...path, key]) ?? {})
          const message = `${section === 'veths' ? 'veth' : 'vxlan'} ${name} needs "${key}"`
          return { code: 'schema', message, path, part: 'key', hint: `${key} is ${expected}` }
        })
    }),
  )
