import type { NamespaceName } from '../resources/kind.ts'
import { sysctlPath } from '../resources/sysctl.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import type { Context, Path } from './context.ts'

/** White space as the reader folds it; `true` is how YAML writes 1. */
const valueText = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? String(Number(value)) : String(value).trim().replaceAll(/\s+/g, ' ')

export const expandSysctls = (
  context: Context,
  sysctls: Readonly<Record<string, string | number | boolean>>,
  path: Path,
  namespace: NamespaceName,
): readonly Sysctl[] =>
  Object.entries(sysctls).map(([key, value]) => ({
    kind: 'sysctl',
    namespace,
    path: sysctlPath(key),
    attributes: { value: valueText(value) },
    source: context.locate([...path, key], 'key'),
  }))
