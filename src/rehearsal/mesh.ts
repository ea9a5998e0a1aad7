import { contains, familyOf, withoutLength } from '../net/addresses.ts'
import type { PingProbe } from '../probes/probe.ts'
import type { Resource } from '../resources/kind.ts'
import type { Address } from '../resources/address.ts'
import type { Meeting, Pod } from './script.ts'

/** More pods than these are not all pinged from each other: pings grow with their square. */
const mostPods = 60

const isAddress = (one: Resource): one is Address => one.kind === 'address'

/** What a node has for the others to reach: its pods are what has an address of the pod network. */
export const meetingOf = (
  observed: readonly Resource[],
  desired: readonly Resource[],
  podCIDRs: readonly string[],
): Pick<Meeting, 'addresses' | 'pods'> => {
  const isPods = ({ namespace, address }: Address): boolean =>
    namespace !== '' &&
    podCIDRs.some(
      (cidr) => familyOf(cidr) === familyOf(address) && contains(cidr, withoutLength(address)),
    )
  return {
    addresses: observed.filter(isAddress).map(({ address }) => withoutLength(address)),
    pods: desired
      .filter(isAddress)
      .filter(isPods)
      .map(({ namespace, address }) => ({ name: namespace, address: withoutLength(address) })),
  }
}

/** All of them together. */
export const joinMeetings = (all: readonly Meeting[]): Meeting => ({
  addresses: all.flatMap(({ addresses }) => addresses),
  pods: all.flatMap(({ pods }) => pods),
  targets: all.flatMap(({ targets }) => targets),
  ends: all.flatMap(({ ends }) => ends),
  deaf: all.flatMap(({ deaf }) => deaf),
})

const pingOf = ({ name: from }: Pod, { name, address }: Pod): PingProbe => ({
  kind: 'ping',
  name: `${from} to ${name} (${address})`,
  from,
  address,
  count: 1,
  timeoutSeconds: 2,
  expect: 'success',
  source: undefined,
})

/** A ping from each pod of a node to each other pod of the fleet. */
export const meshOf = (own: readonly Pod[], all: readonly Pod[]): readonly PingProbe[] => {
  const chosen = all.slice(0, mostPods)
  const isChosen = ({ address }: Pod): boolean => chosen.some((one) => one.address === address)
  return own
    .filter(isChosen)
    .flatMap((from) =>
      chosen
        .filter(
          ({ address }) => address !== from.address && familyOf(address) === familyOf(from.address),
        )
        .map((to) => pingOf(from, to)),
    )
}
