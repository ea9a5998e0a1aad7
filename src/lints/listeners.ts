import type { Listener, Reader } from '../kernel/reader.ts'
import { contains, familyOf, withoutLength } from '../net/addresses.ts'
import type { Family } from '../net/addresses.ts'
import type { Address } from '../resources/address.ts'
import { rulesOf } from '../resources/chain.ts'
import type { Resource } from '../resources/kind.ts'
import { chainsIn, frontendsIn, nameOf, socketText } from './frontends.ts'
import type { Frontend } from './frontends.ts'
import { warn } from './lint.ts'
import type { Lint } from './lint.ts'

/** The node's own addresses: those that it has, and those that it is to have. */
const localAddresses = async (
  desired: readonly Resource[],
  reader: Reader,
): Promise<ReadonlySet<string>> => {
  const { links } = await reader.ip('')
  const observed = links.flatMap(({ addr_info: all }) => all.map(({ local }) => local))
  const wanted = desired
    .filter((one): one is Address => one.kind === 'address' && one.namespace === '')
    .map(({ address }) => withoutLength(address))
  return new Set([...observed, ...wanted])
}

const toNode =
  /^(?:(! )?-d (\S+) )?-m addrtype --dst-type LOCAL -j NP\d+-(?:NODEPORTS|REFUSE-PORTS)$/

/** Tells on which of the node's addresses node ports are. */
const nodePortAddresses = (desired: readonly Resource[]): ((address: string) => boolean) => {
  const selectors = chainsIn(desired)
    .filter(({ chain }) => /^NP\d+-(?:SERVICES|REFUSE)$/.test(chain))
    .flatMap((chain) =>
      rulesOf(chain).flatMap((rule) => {
        const [whole, negated, prefix] = toNode.exec(rule) ?? []
        return whole === undefined ? [] : [{ family: chain.family, negated, prefix }]
      }),
    )
  return (address) =>
    selectors.some(({ family, negated, prefix }) => {
      if (familyOf(address) !== family) return false
      return prefix === undefined || contains(prefix, address) === (negated === undefined)
    })
}

const wildcards = { '0.0.0.0': ['inet'], '::': ['inet6'], '*': ['inet', 'inet6'] } as const

const isWildcard = (address: string): address is keyof typeof wildcards =>
  Object.hasOwn(wildcards, address)

/** The addresses of a family at which it is reached. */
const addressesOf = (
  { address }: Listener,
  family: Family,
  local: ReadonlySet<string>,
): readonly string[] => {
  if (!isWildcard(address)) return familyOf(address) === family ? [address] : []
  const families: readonly Family[] = wildcards[address]
  return families.includes(family) ? [...local].filter((one) => familyOf(one) === family) : []
}

const compareListeners = (a: Listener, b: Listener): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0

/**
 * A service takes its packets before any program of the node sees them. What listens on a loopback
 * address alone goes on as before, unless node ports are there too.
 */
export const lintListeners: Lint = async ({ desired, reader }) => {
  const frontends = frontendsIn(desired)
  if (frontends.length === 0) return []
  const local = await localAddresses(desired, reader)
  const here = frontends.filter(({ address }) => address === undefined || local.has(address))
  const listeners = here.length > 0 ? await reader.listeners() : []
  const sorted = [...(listeners ?? [])].sort(compareListeners)
  const hasNodePorts = nodePortAddresses(desired)
  const isTaken = (frontend: Frontend, address: string): boolean =>
    frontend.address === undefined ? hasNodePorts(address) : frontend.address === address
  return here.flatMap((one) => {
    const hidden = sorted.find(
      (listener) =>
        listener.protocol === one.protocol &&
        listener.port === one.port &&
        addressesOf(listener, one.family, local).some((address) => isTaken(one, address)),
    )
    if (!hidden) return []
    const at = socketText(hidden.address, hidden.port)
    const message = `${nameOf(one)} takes the packets of what listens on ${at} of this node`
    return [warn(message, one, `ss -lnp${one.protocol.charAt(0)} tells which program that is`)]
  })
}
