// The network of these tests, as a bridge plugin is told of it.
import type { Document } from './protocol.ts'

const ranges = {
  inet: [{ subnet: '10.88.0.0/24' }],
  inet6: [{ subnet: 'fd88::/64' }],
} as const

export const routes = { inet: { dst: '0.0.0.0/0' }, inet6: { dst: '::/0' } } as const

export const families = { IPv4: ['inet'], 'both families': ['inet', 'inet6'] } as const
export type Families = (typeof families)[keyof typeof families]

export const gateway = { inet: '10.88.0.1', inet6: 'fd88::1' } as const

/** Of the first container, the second, and so on. */
export const addressOf = {
  inet: (n: number) => `10.88.0.${n + 1}`,
  inet6: (n: number) => `fd88::${n + 1}`,
}

export const bridgeOf = (which: readonly (keyof typeof ranges)[]): Document => ({
  ...{ bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true },
  ipam: {
    type: 'host-local',
    ranges: which.map((family) => ranges[family]),
    routes: which.map((family) => routes[family]),
  },
})

/** Of one container: a port for each protocol. */
export const portMappings = [
  { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostPort: 8081, containerPort: 80, protocol: 'udp' },
] as const
