import { canonicalAddress } from '../../net/addresses.ts'
import { findTwins, type Check } from './topology.ts'

/** Neighbours that have neither a MAC address nor are a proxy's, or both. */
export const checkNeighborKinds: Check = ({ links }) =>
  links.flatMap(({ path, data }) =>
    (data.neighbors ?? []).flatMap(({ mac, proxy = false, address }, index) => {
      const at = [...path, 'neighbors', index]
      if (mac !== undefined && proxy) {
        const message = `neighbor ${address} has both "mac" and "proxy"`
        const hint = 'a proxy entry answers with the MAC address of the link itself'
        return [
          { code: 'value' as const, message, path: [...at, 'proxy'], part: 'key' as const, hint },
        ]
      }
      if (mac !== undefined || proxy) return []
      const message = `neighbor ${address} needs "mac", or "proxy: true"`
      return [{ code: 'value' as const, message, path: [...at, 'address'] }]
    }),
  )

/** The same neighbour twice on a link; a proxy entry is another thing than a neighbour. */
export const checkNeighborTwins: Check = ({ links }) =>
  links.flatMap(({ title, path, data }) => {
    const entries = (data.neighbors ?? []).map((neighbor, index) => ({ ...neighbor, index }))
    const keyOf = ({ address, proxy = false }: (typeof entries)[number]): string =>
      `${canonicalAddress(address)} ${proxy}`
    return findTwins(entries, keyOf).map(([entry, first]) => ({
      code: 'duplicate',
      message: `${title} has the neighbor ${canonicalAddress(entry.address)} twice`,
      path: [...path, 'neighbors', entry.index, 'address'],
      related: [...path, 'neighbors', first.index, 'address'],
    }))
  })
