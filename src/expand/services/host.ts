import type { Config } from '../../config/config.ts'
import { canonicalPrefix, contains, familyOf } from '../../net/addresses.ts'
import type { Resource } from '../../resources/kind.ts'
import type { Context } from '../context.ts'
import { expandRoutes } from '../routes.ts'
import { implySysctl } from '../implied.ts'
import type { Sysctl } from '../../resources/sysctl.ts'
import type { Port } from './model.ts'
import { hostPrefix } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/**
 * A packet of the node itself is routed before its destination is changed: without a route to it, it is
 * not sent at all. By `lo`, refusals get through to pods too; by their bridge they do not. What the file
 * has a route to already needs none.
 */
export const serviceRoutes = (
  context: Context,
  ports: readonly Port[],
  { serviceCIDRs, isServiceAddress, source }: Proxy,
): readonly Resource[] => {
  const { routes = [] } = context.config
  const declared = new Set(
    routes.map(({ to }) => canonicalPrefix(to, familyOf(to))).filter((to) => !to.endsWith('/0')),
  )
  const alone = ports.flatMap(({ clusterIP, path }) =>
    clusterIP === undefined || isServiceAddress(clusterIP)
      ? []
      : [[hostPrefix(clusterIP), context.locate(path, 'key')] as const],
  )
  const wanted = new Map([...serviceCIDRs.map((to) => [to, source] as const), ...alone])
  return [...wanted]
    .filter(([to]) => !declared.has(to))
    .flatMap(([to, at]) =>
      expandRoutes(context, [{ to, device: 'lo' }], [], { namespace: '' }).map((route) => ({
        ...route,
        // IPv6 takes a route by `lo` for one that goes nowhere, unless it is a local one.
        attributes: { ...route.attributes, ...(route.family === 'inet6' ? { type: 'local' } : {}) },
        optional: true,
        source: at,
      })),
    )
}

/** What sends packets of pods through iptables that stay on one bridge: their answers must come back by it. */
const bridgeSysctl = { inet: 'bridge-nf-call-iptables', inet6: 'bridge-nf-call-ip6tables' }

const bridgesOf = ({ bridges = {} }: Config): readonly string[] =>
  Object.entries(bridges)
    .filter(([, { namespace = '' }]) => namespace === '')
    .map(([name]) => name)

/** The devices behind which all endpoints are; `all` where the file does not have the way to each. */
const devicesToward = (
  { interfaces = {}, bridges = {} }: Config,
  targets: readonly string[],
): readonly string[] => {
  const devices = Object.entries({ ...interfaces, ...bridges })
    .filter(([, { namespace = '' }]) => namespace === '')
    .map(([name, { addresses = [] }]) => ({ name, addresses }))
  const ways = targets.map((target) =>
    devices.find(({ addresses }) => addresses.some((address) => contains(address, target))),
  )
  const names = ways.map((device) => device?.name ?? 'all')
  return names.includes('all') ? ['all'] : [...new Set(names)]
}

const hostOf = (target: string): string => target.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')

/** The parameters that services need, where the file does not have them. */
export const serviceSysctls = (
  context: Context,
  ports: readonly Port[],
  proxy: Proxy,
): readonly Sysctl[] => {
  const { family, localhostNodePorts } = proxy
  const { config } = context
  const source = proxy.source
  const behindBridge = bridgesOf(config).length > 0 && ports.some(({ local }) => local.length > 0)
  const targets = ports.filter(({ nodePort }) => nodePort !== undefined).flatMap(({ all }) => all)
  const devices = localhostNodePorts ? devicesToward(config, targets.map(hostOf)) : []
  return [
    ...(behindBridge
      ? implySysctl(context, `net/bridge/${bridgeSysctl[family]}`, '1', source)
      : []),
    ...devices.flatMap((device) =>
      implySysctl(context, `net/ipv4/conf/${device}/route_localnet`, '1', source),
    ),
  ]
}
