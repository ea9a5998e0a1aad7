import type { Document } from './protocol.ts'
import { addressOf, gateway, routes } from './wanted.ts'
import type { Families } from './wanted.ts'

type Shown = Record<string, unknown>

const isObject = (value: unknown): value is Shown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// Of an interface: what chance decides, and what only this test's names say.
const chance: Readonly<Record<string, string>> = { mac: 'MAC', sandbox: 'POD' }

const veil = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(veil)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    typeof inner === 'string' && inner !== '' && key in chance ? chance[key] : veil(inner),
  ])
  return Object.fromEntries(entries)
}

/** The document of an ADD, without MAC addresses and without the names of what only the node sees. */
export const veiled = (result: Document, bridge: string): Document => {
  const { interfaces = [], ...rest } = veil(result) as Shown & { interfaces?: Shown[] }
  const named = interfaces.map((one) =>
    one['sandbox'] === undefined && one['name'] !== bridge ? { ...one, name: 'VETH' } : one,
  )
  return { ...rest, interfaces: named }
}

/** The result by the specification, for the first container (1) or a later one. */
export const expected = (cniVersion: string, which: Families, index: number): unknown => {
  const old = cniVersion.startsWith('0.')
  const addresses = {
    inet: {
      ...(old ? { version: '4' } : {}),
      address: `${addressOf.inet(index)}/24`,
      gateway: gateway.inet,
    },
    inet6: {
      ...(old ? { version: '6' } : {}),
      address: `${addressOf.inet6(index)}/64`,
      gateway: gateway.inet6,
    },
  }
  return {
    cniVersion,
    interfaces: [
      { name: 'cni0', mac: 'MAC' },
      { name: 'VETH', mac: 'MAC' },
      { name: 'eth0', mac: 'MAC', sandbox: 'POD' },
    ],
    ips: which.map((family) => ({ ...addresses[family], interface: 2 })),
    routes: which.map((family) => routes[family]),
    dns: {},
  }
}
