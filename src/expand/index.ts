import type { Config } from '../config/config.ts'
import type { Address } from '../resources/address.ts'
import type { Limits } from '../guards/limits.ts'
import type { Probe } from '../probes/probe.ts'
import type { Resource } from '../resources/kind.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import type { Context } from './context.ts'
import { makeContext } from './context.ts'
import { expandDrafts, joinDrafts } from './drafts.ts'
import { draftForwarding, draftMasquerade, draftRules } from './firewall.ts'
import { implyForForwarding } from './implied.ts'
import { expandLimits } from './limits.ts'
import { expandLinks } from './links.ts'
import { expandNamespaces } from './namespaces.ts'
import { expandChecks } from './probes.ts'
import { expandRoutes } from './routes.ts'
import { expandRules } from './rules.ts'
import { expandServices } from './services/index.ts'
import { expandSysctls } from './sysctls.ts'

/** What a configuration asks for. */
export interface Expansion {
  readonly owner: { readonly name: string; readonly id: number }
  readonly resources: readonly Resource[]
  /** What has to work, in the order of the file. */
  readonly probes: readonly Probe[]
  /** What no plan may destroy. */
  readonly limits: Limits
}

/**
 * The kernel takes an IPv6 address as a route's source only when duplicate address detection is
 * through with it, which on a link without a carrier is never: such addresses are added without it.
 */
const hastenSources = (resources: readonly Resource[]): readonly Resource[] => {
  const sourced = resources.filter((one) => one.kind === 'route' && one.attributes['src'])
  if (sourced.length === 0) return resources
  const sources = new Set(
    sourced.map(({ namespace, attributes: { src } }) => `${namespace} ${src as string}`),
  )
  return resources.map((resource) => {
    if (resource.kind !== 'address') return resource
    const { namespace, address } = resource as Address
    const [text = ''] = address.split('/')
    const immediate = text.includes(':') && sources.has(`${namespace} ${text}`)
    return immediate ? { ...resource, immediate } : resource
  })
}

/** Of those that several sections need, the first. */
const uniqueByPath = (sysctls: readonly Sysctl[]): readonly Sysctl[] => [
  ...new Map([...sysctls].reverse().map((sysctl) => [sysctl.path, sysctl])).values(),
]

/**
 * Turns what is pleasant to write into what the kernel knows. Reads nothing but the configuration,
 * which has passed its checks.
 */
export const expand = (config: Config, locate: Context['locate'], nodeName = ''): Expansion => {
  const context = makeContext(config, locate, nodeName)
  const services = expandServices(context)
  // Where several are put first in one chain, this is their order: what the file says comes first, and
  // nothing is let through before it is known to lead anywhere.
  const drafts = joinDrafts([
    draftRules(context),
    services.drafts,
    draftForwarding(context),
    services.acceptance,
    draftMasquerade(context),
  ])
  const resources = [
    ...expandNamespaces(context),
    ...expandLinks(context),
    ...expandRoutes(context, config.routes ?? [], ['routes'], { namespace: '' }),
    ...expandRules(context, config.rules ?? [], ['rules'], ''),
    ...expandSysctls(context, config.sysctls ?? {}, ['sysctls'], ''),
    ...services.routes,
    ...uniqueByPath([...services.sysctls, ...implyForForwarding(context)]),
    ...expandDrafts(drafts, context),
  ]
  return {
    owner: context.owner,
    resources: hastenSources(resources),
    probes: expandChecks(context),
    limits: expandLimits(context),
  }
}
