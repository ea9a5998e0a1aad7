import type { NamespaceName } from '../resources/kind.ts'
import { sysctlPath, sysctlValue } from '../net/sysctls.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import type { Context, Path } from './context.ts'

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
    attributes: { value: sysctlValue(value) },
    source: context.locate([...path, key], 'key'),
  }))
