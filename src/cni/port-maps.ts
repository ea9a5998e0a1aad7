import { checked, invalidConfig, number, parts, text } from './decode.ts'
import type { Part } from './decode.ts'
import { canonicalAddress, isAddress, isUnspecified } from '../net/addresses.ts'

/** A port of the node that leads to one of a pod. */
export interface PortMap {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** The address of the node by which it is reached; undefined: by all. */
  readonly hostIP?: string | undefined
}

const protocols = { is: (value: string) => /^(tcp|udp|sctp)$/.test(value), say: 'tcp, udp or sctp' }

const readPort = (one: Part, key: string): number => {
  const port = number(one, key) ?? 0
  if (port < 1 || port > 65535)
    throw invalidConfig(`${one.path}${key} is no port`, String(one.value[key]))
  return port
}

const readHostIP = (one: Part): string | undefined => {
  const found = checked(text(one, 'hostIP'), `${one.path}hostIP`, {
    is: isAddress,
    say: 'an address',
  })
  return found === undefined || isUnspecified(found) ? undefined : canonicalAddress(found)
}

/** The capability portMappings. A host port of 0 is none: kubelet sends those too. */
export const readPortMaps = (runtime: Part): readonly PortMap[] =>
  parts(runtime, 'portMappings')
    .filter(({ value }) => value['hostPort'] !== 0)
    .map((one) => {
      const protocol = (text(one, 'protocol') ?? 'tcp').toLowerCase()
      checked(protocol, `${one.path}protocol`, protocols)
      return {
        hostPort: readPort(one, 'hostPort'),
        containerPort: readPort(one, 'containerPort'),
        protocol: protocol as PortMap['protocol'],
        hostIP: readHostIP(one),
      }
    })
