import type { Flow } from '../kernel/reader.ts'
import { contains } from '../net/addresses.ts'
import { formatSocket } from '../net/sockets.ts'
import type { Served } from './served.ts'

const socket = (address: string, port: number): string => formatSocket({ address, port })

/** "10.96.0.1:53 at 10.244.0.12:53" */
const describe = ({ destination, port, replier, replierPort }: Flow): string =>
  `${socket(destination, port)} at ${socket(replier, replierPort)}`

const isTranslated = ({ destination, port, replier, replierPort }: Flow): boolean =>
  destination !== replier || port !== replierPort

/** Of a flow to an address of a service; undefined: it is to none. */
const isStaleAtAddress = (flow: Flow, now: Served, before: Served): boolean | undefined => {
  const at = socket(flow.destination, flow.port)
  const wanted = now.addresses.get(at)
  if (wanted) {
    // Begun before the service had any endpoint, it goes nowhere still.
    const leads = wanted.has(socket(flow.replier, flow.replierPort))
    return !leads && (isTranslated(flow) || wanted.size > 0)
  }
  const isService = now.networks.some((network) => contains(network, flow.destination))
  return isService || before.addresses.has(at) ? isTranslated(flow) : undefined
}

/** Of a flow to a port of the node. */
const isStaleAtPort = (flow: Flow, now: Served, before: Served): boolean => {
  const wanted = now.ports.get(flow.port)
  // Nobody here answers it: it began before there was a service for it.
  if (!isTranslated(flow)) return !flow.answered && wanted !== undefined && wanted.size > 0
  const to = socket(flow.replier, flow.replierPort)
  return before.ports.get(flow.port)?.has(to) === true && wanted?.has(to) !== true
}

/**
 * Whether a flow leads where the rules would lead it no more. What is not ours is left alone: a flow to
 * a node's port counts only where it leads, or led, to an endpoint of ours.
 */
const isStale = (
  flow: Flow,
  now: Served,
  before: Served,
  isLocal: (address: string) => boolean,
): boolean =>
  isStaleAtAddress(flow, now, before) ??
  (isLocal(flow.destination) && isStaleAtPort(flow, now, before))

/**
 * The flows that lead where the rules would lead them no more, described.
 *
 * @param now where the ports of services are to lead
 * @param before where they led
 * @param isLocal whether an address is one of the node
 */
export const findStale = (
  flows: readonly Flow[],
  now: Served,
  before: Served,
  isLocal: (address: string) => boolean,
): readonly string[] => {
  const stale = flows.filter((flow) => isStale(flow, now, before, isLocal))
  return [...new Set(stale.map(describe))].sort()
}
