import type { Change } from './scene.ts'

/**
 * Attributes whose change makes another way, or none for a while: who knows a MAC address by ARP or gave an
 * address for it by DHCP does not know the next one. An MTU, a source address or a timer does no such thing.
 */
const decisive: Readonly<Record<string, ReadonlySet<string>>> = {
  link: new Set(['bridge', 'mac', 'group', 'local']),
  route: new Set(['type', 'via', 'device', 'onlink', 'nexthops']),
}

/** Whether an object is not what it was when that is done, or not for a moment. */
export const takesAway = ({ action, kind, differences }: Change): boolean => {
  if (action === 'create') return false
  if (action !== 'update') return true
  return differences.some(
    ({ attribute, before, after }) =>
      decisive[kind]?.has(attribute) === true ||
      (kind === 'link' && attribute === 'up' && before === true && after === false) ||
      (kind === 'sysctl' && before === '0' && after !== '0'),
  )
}
