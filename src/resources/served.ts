import type { SavedTable } from '../iptables/save.ts'
import { endpointsOf, isOfPort } from './service-chain.ts'

/** Where the UDP ports of one owner's services lead, by `address:port` and by node port. */
export interface Served {
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>
  readonly ports: ReadonlyMap<number, ReadonlySet<string>>
  /** Networks in which nothing but services has an address. */
  readonly networks: readonly string[]
}

const leaf = /^(?:-d (\S+)\/\d+ )?-p udp -m udp --dport (\d+) -g (NP(\d+)-\S+)$/

const leadsTo = /-g (NP\d+-(?:EXT|SVC|SVL|FW)-\S+)$/

/** The endpoints behind a chain of a service, by way of those for packets from outside. */
const endpointsBehind = (table: SavedTable, chain: string): readonly string[] => {
  const rules = table.get(chain)?.rules ?? []
  const own = endpointsOf(rules, (name) => table.get(name)?.rules ?? [])
  const next = rules.flatMap((rule) => leadsTo.exec(rule)?.[1] ?? [])
  return [...own, ...next.flatMap((name) => endpointsBehind(table, name))]
}

const socket = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** What the chains of an owner serve, from their text. */
export const readServed = (table: SavedTable, owner: number): Served => {
  const addresses = new Map<string, ReadonlySet<string>>()
  const ports = new Map<number, ReadonlySet<string>>()
  for (const { name, rules } of table.values()) {
    if (isOfPort(name)) continue
    for (const rule of rules) {
      const [, address, port = '', chain = '', id] = leaf.exec(rule) ?? []
      if (Number(id) !== owner) continue
      const endpoints = new Set(endpointsBehind(table, chain))
      if (address === undefined) ports.set(Number(port), endpoints)
      else addresses.set(socket(address, port), endpoints)
    }
  }
  return { addresses, ports, networks: [] }
}
