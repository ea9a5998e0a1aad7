import type { Flows } from '../../resources/flow.ts'
import type { Context } from '../context.ts'
import { externalAddresses } from './model.ts'
import type { Port } from './model.ts'
import type { Proxy } from './proxy.ts'

const socket = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`

/** Where UDP flows to services may lead. */
export const serviceFlows = (
  ports: readonly Port[],
  { family, source, serviceCIDRs }: Proxy,
  { owner }: Context,
): Flows => {
  const addresses = new Map<string, ReadonlySet<string>>()
  const nodePorts = new Map<number, ReadonlySet<string>>()
  for (const port of ports.filter(({ protocol }) => protocol === 'udp')) {
    const { clusterIP, internalLocal, nodePort } = port
    const all = new Set(port.all)
    const inside = internalLocal ? new Set(port.local) : all
    if (clusterIP !== undefined) addresses.set(socket(clusterIP, port.port), inside)
    for (const address of externalAddresses(port)) addresses.set(socket(address, port.port), all)
    if (nodePort !== undefined) nodePorts.set(nodePort, all)
  }
  return {
    kind: 'flow',
    namespace: '',
    family,
    mark: owner.id,
    served: { addresses, ports: nodePorts, networks: serviceCIDRs },
    source,
    attributes: { stale: [] },
  }
}
