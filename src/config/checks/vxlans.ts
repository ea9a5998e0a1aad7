import { canonicalAddress, familyOf, isMulticast, isUnspecified } from '../../net/addresses.ts'
import type { Path } from '../located.ts'
import { checkDevice } from './devices.ts'
import { describeSpace, findTwins, type Check, type Link, type Problem } from './topology.ts'

/** Underlay devices that are not declared. */
export const checkUnderlays: Check = (topology) =>
  topology.links.flatMap(({ kind, namespace, data, path }) =>
    kind === 'vxlan' ? checkDevice(topology, namespace, data.device, [...path, 'device']) : [],
  )

/** How a tunnel floods: by multicast from a device, or to each of its endpoints. */
export const checkFlooding: Check = ({ links }) =>
  vxlansOf(links).flatMap(
    ({ title, path, data: { group, remotes, device } }): readonly Problem[] => {
      if (group === undefined) return []
      const at = [...path, 'group']
      if (remotes !== undefined) {
        const message = `${title} has both "group" and "remotes"`
        const hint = 'a tunnel floods by multicast, or to each endpoint'
        return [
          { code: 'value', message, path: at, part: 'key', hint, related: [...path, 'remotes'] },
        ]
      }
      if (!isMulticast(group)) {
        const hint = 'single endpoints go to "remotes"'
        return [
          {
            code: 'value',
            message: `group must be a multicast address, got ${group}`,
            path: at,
            hint,
          },
        ]
      }
      if (device !== undefined) return []
      const hint = 'multicast leaves by one device: say which with "device"'
      return [
        {
          code: 'value',
          message: `${title} has "group" without "device"`,
          path: at,
          part: 'key',
          hint,
        },
      ]
    },
  )

/** Endpoints that are no single host's address, or named twice. */
export const checkEndpoints: Check = ({ links }) =>
  vxlansOf(links).flatMap((link) => {
    const endpoints = listEndpoints(link)
    const wrong = endpoints.filter(({ address }) => isMulticast(address) || isUnspecified(address))
    const remotes = endpoints.filter(({ key }) => key === 'remotes')
    return [
      ...wrong.map(({ address, key, path }): Problem => {
        const hint =
          isMulticast(address) && key === 'remotes' ? 'flooding by multicast is "group"' : undefined
        return { code: 'value', message: `${address} is not the address of one host`, path, hint }
      }),
      ...findTwins(remotes, ({ address }) => canonicalAddress(address)).map(
        ([{ address, path }, first]): Problem => ({
          code: 'duplicate',
          message: `${link.title} floods to ${canonicalAddress(address)} twice`,
          path,
          related: first.path,
        }),
      ),
    ]
  })

/** A tunnel runs over IPv4 or over IPv6: its addresses are all of one family. */
export const checkTunnelFamilies: Check = ({ links }) =>
  vxlansOf(links).flatMap((link) => {
    const { group } = link.data
    const outer = group === undefined ? [] : [{ address: group, path: [...link.path, 'group'] }]
    const [first, ...others] = [...outer, ...listEndpoints(link)]
    const other = others.find(
      ({ address }) => first && familyOf(address) !== familyOf(first.address),
    )
    if (!first || !other) return []
    const message = `${link.title} mixes IPv4 and IPv6 endpoints`
    return [{ code: 'value', message, path: other.path, related: first.path }]
  })

/** The kernel tells tunnels of a namespace apart by port and VNI. */
export const checkTunnelTwins: Check = ({ links }) =>
  findTwins(vxlansOf(links), ({ namespace, data: { id, port = 4789 } }) =>
    JSON.stringify([namespace, id, port]),
  ).map(([link, first]) => ({
    code: 'duplicate',
    message: `${first.title} and ${link.title} have the same id and port in ${describeSpace(link.namespace)}`,
    path: [...link.path, 'id'],
    related: [...first.path, 'id'],
  }))

const vxlansOf = (links: readonly Link[]): readonly Link[] =>
  links.filter(({ kind }) => kind === 'vxlan')

interface Endpoint {
  readonly key: 'local' | 'remotes' | 'fdb'
  readonly address: string
  readonly path: Path
}

const listEndpoints = ({ path, data }: Link): readonly Endpoint[] => [
  ...(data.local === undefined
    ? []
    : [{ key: 'local' as const, address: data.local, path: [...path, 'local'] }]),
  ...(data.remotes ?? []).map((address, index) => ({
    key: 'remotes' as const,
    address,
    path: [...path, 'remotes', index],
  })),
  ...(data.fdb ?? []).flatMap(({ remote }, index) =>
    remote === undefined
      ? []
      : [{ key: 'fdb' as const, address: remote, path: [...path, 'fdb', index, 'remote'] }],
  ),
]
