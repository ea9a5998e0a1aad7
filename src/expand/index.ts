import type { Config } from '../config/config.ts'
import type { Resource } from '../resources/kind.ts'
import type { Context } from './context.ts'
import { makeContext } from './context.ts'
import { expandLinks } from './links.ts'
import { expandNamespaces } from './namespaces.ts'
import { expandRoutes } from './routes.ts'
import { expandRules } from './rules.ts'
import { expandSysctls } from './sysctls.ts'

/** What a configuration asks for. */
export interface Expansion {
  readonly owner: { readonly name: string; readonly id: number }
  readonly resources: readonly Resource[]
}

/**
 * Turns what is pleasant to write into what the kernel knows. Reads nothing but the configuration,
 * which has passed its checks.
 */
export const expand = (config: Config, locate: Context['locate']): Expansion => {
  const context = makeContext(config, locate)
  const resources = [
    ...expandNamespaces(context),
    ...expandLinks(context),
    ...expandRoutes(context, config.routes ?? [], ['routes'], { namespace: '' }),
    ...expandRules(context, config.rules ?? [], ['rules'], ''),
    ...expandSysctls(context, config.sysctls ?? {}, ['sysctls'], ''),
  ]
  return { owner: context.owner, resources }
}
