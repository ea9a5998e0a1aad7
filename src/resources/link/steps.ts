import { usualMtu } from '../../net/mtus.ts'
import type { Json } from '../../kernel/reader.ts'
import type { Attributes, Edit, Step } from '../kind.ts'
import { step } from '../kind.ts'
import { extraSteps } from './extras.ts'
import { bridgeOptions, portOptions } from './link.ts'
import type { Link } from './link.ts'
import { bridgeWords, newVxlanWords, option, portWords, vxlanWords } from './words.ts'
import type { Words } from './words.ts'

const set = (link: Pick<Link, 'namespace' | 'name'>, ...words: Words): Step =>
  step(link.namespace, ['ip', 'link', 'set', 'dev', link.name, ...words])

/** What a new port has: a vxlan less than a veth, and a device whatever it has. */
const portMtu = ({ type }: Link): number => (type === 'veth' ? usualMtu : 0)

/** Whether enslaving it may pull down the MTU that is declared for its bridge (N-33). */
const pullsDown = (link: Link): boolean =>
  link.bridgeMtu !== undefined && Number(link.attributes['mtu'] ?? portMtu(link)) < link.bridgeMtu

const masterSteps = (link: Link): readonly Step[] => {
  const { bridge } = link.attributes
  if (typeof bridge !== 'string') return []
  const options = portWords(link)
  return [
    set(link, 'master', bridge),
    ...(pullsDown(link)
      ? [set({ namespace: link.namespace, name: bridge }, 'mtu', String(link.bridgeMtu))]
      : []),
    ...(options.length === 0 ? [] : [set(link, 'type', 'bridge_slave', ...options)]),
  ]
}

const upSteps = (link: Link): readonly Step[] =>
  link.attributes['up'] === false ? [] : [set(link, 'up')]

const common = (link: Pick<Link, 'mark'>, mtu: Json | undefined, mac: Json | undefined): Words => [
  ...option('group', link.mark),
  ...option('mtu', mtu),
  ...option('address', mac),
]

const add = (link: Link, mtu: Json | undefined, ...type: Words): Step =>
  step(link.namespace, [
    ...['ip', 'link', 'add', 'name', link.name],
    ...common(link, mtu, link.attributes['mac']),
    ...['type', ...type],
  ])

const stpSteps = (link: Link): readonly Step[] => {
  const { stp } = link.attributes
  return stp === undefined
    ? []
    : [set(link, 'type', 'bridge', 'stp_state', stp === true ? '1' : '0')]
}

const promiscuousSteps = (link: Link): readonly Step[] => {
  const { promiscuous } = link.attributes
  return promiscuous === undefined
    ? []
    : [set(link, 'promisc', promiscuous === true ? 'on' : 'off')]
}

/**
 * Only a `set` that changes the MTU makes it the bridge's own (N-33): so from this one. Not from a
 * smaller one, which might be too small for IPv6 (N-28).
 */
const otherMtu = (mtu: number): number => (mtu < 65535 ? mtu + 1 : mtu - 1)

/** What a new bridge has: a kernel that was built without an option refuses even to be told its default. */
const bridgeDefaults: Attributes = {
  forwardDelay: 15,
  helloTime: 2,
  maxAge: 20,
  ageingTime: 300,
  priority: 32768,
  vlanFiltering: false,
  multicastSnooping: true,
}

const addBridge = (link: Link): readonly Step[] => {
  const { mtu } = link.attributes
  const pinned = typeof mtu === 'number'
  const special = Object.keys(bridgeOptions).filter(
    (name) => link.attributes[name] !== bridgeDefaults[name],
  )
  return [
    add(
      link,
      pinned ? otherMtu(mtu) : undefined,
      ...['bridge', ...bridgeWords(link, new Set(special))],
    ),
    ...(pinned ? [set(link, 'mtu', String(mtu))] : []),
    ...stpSteps(link),
    ...(link.attributes['promiscuous'] === true ? promiscuousSteps(link) : []),
  ]
}

// The peer is made where it is to be: moving it there later would cost 20 ms and its settings (N-13).
const addVeth = (link: Link): readonly Step[] => {
  const { pair } = link
  if (!pair) return []
  const peer = [
    ...['peer', 'name', pair.name],
    ...common(link, pair.mtu, pair.mac),
    ...option('netns', pair.netns),
  ]
  return [add(link, link.attributes['mtu'], 'veth', ...peer)]
}

const addSteps = (link: Link): readonly Step[] => {
  if (link.type === 'bridge') return addBridge(link)
  if (link.type === 'veth') return addVeth(link)
  if (link.type === 'vxlan') {
    return [add(link, link.attributes['mtu'], 'vxlan', ...newVxlanWords(link))]
  }
  // A device that comes with its namespace.
  const { mtu, mac } = link.attributes
  const words = [...option('mtu', mtu), ...option('address', mac)]
  return words.length === 0 ? [] : [set(link, ...words)]
}

const createSteps = (link: Link): readonly Step[] => [
  ...addSteps(link),
  ...extraSteps(link),
  ...masterSteps(link),
  ...upSteps(link),
]

const bridgeUpdate = (link: Link, changed: ReadonlySet<string>): readonly Step[] => {
  const words = bridgeWords(link, changed)
  const options = words.length === 0 ? [] : [set(link, 'type', 'bridge', ...words)]
  const stp = changed.has('stp') ? stpSteps(link) : []
  // With STP on, the kernel refuses delays that it takes with STP off (N-31).
  return link.attributes['stp'] === false ? [...stp, ...options] : [...options, ...stp]
}

const typeUpdate = (link: Link, changed: ReadonlySet<string>): readonly Step[] => {
  if (link.type === 'bridge') return bridgeUpdate(link, changed)
  if (link.type !== 'vxlan') return []
  const words = vxlanWords(link, changed)
  return words.length === 0 ? [] : [set(link, 'type', 'vxlan', ...words)]
}

const portUpdate = (link: Link, changed: ReadonlySet<string>): readonly Step[] => {
  if (changed.has('bridge')) {
    return link.attributes['bridge'] === null ? [set(link, 'nomaster')] : masterSteps(link)
  }
  // `priority` is a port's here: a bridge is no port, and its own is set above.
  const isPort =
    link.type !== 'bridge' && Object.keys(portOptions).some((name) => changed.has(name))
  const words = portWords(link)
  return isPort && words.length > 0 ? [set(link, 'type', 'bridge_slave', ...words)] : []
}

const mtuSteps = (link: Link): readonly Step[] => {
  const { mtu } = link.attributes
  // By then a bridge may have this one already from its ports, and lose it with them.
  const isBridge = link.type === 'bridge' && typeof mtu === 'number'
  return [
    ...(isBridge ? [set(link, 'mtu', String(otherMtu(mtu)))] : []),
    set(link, ...option('mtu', mtu)),
  ]
}

const updateSteps = (edit: Extract<Edit<Link>, { action: 'update' }>): readonly Step[] => {
  const { after, adopts } = edit
  const changed = new Set(edit.differences.map(({ attribute }) => attribute))
  const { mac, up } = after.attributes
  return [
    ...(adopts ? [set(after, ...option('group', after.mark))] : []),
    // Never in one command with `type vxlan`: "Cannot change mtu".
    ...(changed.has('mtu') ? mtuSteps(after) : []),
    ...(changed.has('mac') ? [set(after, ...option('address', mac))] : []),
    ...typeUpdate(after, changed),
    ...(changed.has('promiscuous') ? promiscuousSteps(after) : []),
    ...portUpdate(after, changed),
    ...(changed.has('up') ? [set(after, up === true ? 'up' : 'down')] : []),
  ]
}

const deleteSteps = (link: Link): readonly Step[] => [
  step(link.namespace, ['ip', 'link', 'delete', 'dev', link.name]),
]

export const linkSteps = (edit: Edit<Link>): readonly Step[] => {
  if (edit.action === 'create') return createSteps(edit.after)
  return edit.action === 'update' ? updateSteps(edit) : deleteSteps(edit.before)
}
