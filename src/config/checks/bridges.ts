import { quote, suggest } from '../words.ts'
import { describeSize, isMore, sizeOf } from './sizes.ts'
import { describeSpace, type Check, type Link, type Problem } from './topology.ts'

const PORT_OPTIONS = ['hairpin', 'isolated', 'learning', 'pathCost', 'priority'] as const

/** Ports of a bridge that is not declared, or is in another namespace. */
export const checkBridgeReferences: Check = ({ config, links }) => {
  const bridges = config.bridges ?? {}
  return links.flatMap((port) => {
    const { bridge } = port.data
    if (bridge === undefined) return []
    const path = [...port.path, 'bridge']
    const target = Object.hasOwn(bridges, bridge) ? bridges[bridge] : undefined
    if (!target) {
      const hint =
        suggest(bridge, Object.keys(bridges)) ?? `declare it under bridges: "${bridge}: {}"`
      return [{ code: 'reference', message: `no bridge ${quote(bridge)}`, path, hint }]
    }
    const namespace = target.namespace ?? ''
    if (namespace === port.namespace) return []
    const message = `bridge ${bridge} is in ${describeSpace(namespace)}, and ${port.title} in ${describeSpace(port.namespace)}`
    const hint = 'a port and its bridge are in one namespace'
    return [{ code: 'reference', message, path, hint, related: ['bridges', bridge] }]
  })
}

/** Port options of a link that is no bridge's port. */
export const checkPortOptions: Check = ({ links }) =>
  links.flatMap((link) => {
    if (link.kind === 'bridge' || link.data.bridge !== undefined) return []
    return PORT_OPTIONS.filter(
      (option) => link.data[option] !== undefined && isPortOption(link, option),
    ).map((option) => ({
      code: 'value' as const,
      message: `${option} is an option of a bridge's port, and ${link.title} is none`,
      path: [...link.path, option],
      part: 'key' as const,
      hint: 'say which bridge with "bridge"',
    }))
  })

/** A vxlan's `learning` is the tunnel's. */
const isPortOption = ({ kind }: Link, option: string): boolean =>
  kind !== 'vxlan' || option !== 'learning'

/** br_set_forward_delay takes 2 to 30 seconds while the spanning tree runs. */
export const checkSpanningTree: Check = ({ links }) =>
  links
    .filter(({ data: { stp, forwardDelay = 15 } }) => stp === true && forwardDelay < 2)
    .map(({ path, data }) => ({
      code: 'value',
      message: `forwardDelay must be from 2 to 30 with stp, got ${data.forwardDelay}`,
      path: [...path, 'forwardDelay'],
      related: [...path, 'stp'],
    }))

/** A port answers no ARP: frames for its address go to the bridge. */
export const lintPortAddresses: Check = ({ links }) =>
  links
    .filter(({ data }) => data.bridge !== undefined && (data.addresses?.length ?? 0) > 0)
    .map(({ title, path, data }) => ({
      severity: 'warning',
      code: 'lint',
      message: `${title} is a port of bridge ${data.bridge}: what comes in for its own addresses is bridged away`,
      path: [...path, 'addresses'],
      hint: `give the address to bridge ${data.bridge}`,
    }))

/** Frames larger than a port's MTU are dropped there without a word. */
export const lintBridgeMtu: Check = (topology) =>
  topology.links.flatMap((port): readonly Problem[] => {
    const bridge = topology.devices.get(port.namespace)?.get(port.data.bridge ?? '')
    const [size, taken] = [bridge && sizeOf(topology, bridge), sizeOf(topology, port)]
    if (!size || !taken || !isMore(size, taken)) return []
    const [has, most] = [describeSize(size), describeSize(taken)]
    const message = `the mtu of bridge ${port.data.bridge} is ${has}, and its port ${port.name} takes ${most} only`
    const hint = `larger packets are dropped at the port: ${most} is the most that the bridge can carry`
    const related = [...port.path, 'mtu']
    const path = ['bridges', port.data.bridge ?? '', 'mtu']
    return [{ severity: 'warning', code: 'lint', message, path, hint, related }]
  })
