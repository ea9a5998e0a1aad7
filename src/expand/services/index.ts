import type { Family } from '../../net/addresses.ts'
import { familyOf, withoutLength } from '../../net/addresses.ts'
import type { Resource } from '../../resources/kind.ts'
import type { Sysctl } from '../../resources/sysctl.ts'
import type { Context } from '../context.ts'
import { joinDrafts, noDrafts } from '../drafts.ts'
import type { Drafts } from '../drafts.ts'
import { implyForwarding } from '../implied.ts'
import { draftAcceptance, draftAnswers, draftLocalnet } from './answers.ts'
import { draftDispatch } from './dispatch.ts'
import { serviceFlows } from './flows.ts'
import { serviceRoutes, serviceSysctls } from './host.ts'
import { localityOf } from './locality.ts'
import { listPorts } from './model.ts'
import type { Port } from './model.ts'
import { draftPort } from './port.ts'
import { proxyOf } from './proxy.ts'
import { draftRefusal } from './refuse.ts'

/** What a section asks for: rules, and what else of the node. */
export interface Share {
  readonly drafts: Drafts
  /** What lets their packets through FORWARD: behind what the file itself has to say of it. */
  readonly acceptance: Drafts
  /** Routes to them, and the flows that come in by them. */
  readonly routes: readonly Resource[]
  readonly sysctls: readonly Sysctl[]
}

/** The node's own addresses, as far as the file has them. */
const nodeAddresses = ({ config }: Context): readonly string[] =>
  [...Object.values(config.interfaces ?? {}), ...Object.values(config.bridges ?? {})]
    .filter(({ namespace = '' }) => namespace === '')
    .flatMap(({ addresses = [] }) => addresses.map(withoutLength))

const nothing: Share = { drafts: noDrafts, acceptance: noDrafts, routes: [], sysctls: [] }

const expandFamily = (context: Context, ports: readonly Port[], family: Family): Share => {
  const proxy = proxyOf(family, context)
  // A file with service networks refuses what is addressed to them, even before the first service.
  if (ports.length === 0 && proxy.serviceCIDRs.length === 0) return nothing
  const nodeIPs = nodeAddresses(context).filter((address) => familyOf(address) === family)
  const own = {
    chains: ports.flatMap((port) => draftPort(port, proxy, nodeIPs, context)),
    jumps: [],
  }
  return {
    drafts: joinDrafts([
      own,
      draftDispatch(ports, proxy),
      draftAnswers(ports, proxy),
      draftRefusal(ports, proxy),
      ...(proxy.localhostNodePorts ? [draftLocalnet(proxy)] : []),
    ]),
    acceptance: ports.length === 0 ? noDrafts : draftAcceptance(proxy),
    routes: [...serviceRoutes(context, ports, proxy), serviceFlows(ports, proxy, context)],
    sysctls: [
      ...implyForwarding(context, family, proxy.source),
      ...serviceSysctls(context, ports, proxy),
    ],
  }
}

/** In one order, whatever that of the file: the same services make the same rules. */
const inOrder = (ports: readonly Port[]): readonly Port[] => {
  const key = ({ service, protocol, port }: Port): string =>
    [service, protocol, String(port).padStart(5, '0')].join(' ')
  const keyed = ports.map((port) => ({ port, key: key(port) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ port }) => port)
}

/** Services: what kube-proxy does, as chains. */
export const expandServices = (context: Context): Share => {
  const ports = inOrder(listPorts(context, localityOf(context.config, context.nodeName)))
  const shares = (['inet', 'inet6'] as const).map((family) =>
    expandFamily(
      context,
      ports.filter((port) => port.family === family),
      family,
    ),
  )
  return {
    drafts: joinDrafts(shares.map(({ drafts }) => drafts)),
    acceptance: joinDrafts(shares.map(({ acceptance }) => acceptance)),
    routes: shares.flatMap(({ routes }) => routes),
    sysctls: shares.flatMap(({ sysctls }) => sysctls),
  }
}
