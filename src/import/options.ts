import type { Bridge, Interface, Vxlan } from '../config/config.ts'
import { usualMtu, vxlanOverhead } from '../net/mtus.ts'
import type { Link } from '../resources/link/link.ts'
import { defined } from './draft.ts'
import { allIn } from './scene.ts'
import type { Scene } from './scene.ts'

type Value = boolean | number | string

/** An attribute as it is written: not at all where it is what the kernel has by itself. */
const unlessUsual = (link: Link, name: string, ...usual: readonly Value[]): Value | undefined => {
  const value = link.attributes[name]
  const isValue =
    typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
  return isValue && !usual.includes(value) ? value : undefined
}

const read = (
  link: Link,
  usual: Readonly<Record<string, readonly Value[]>>,
): Readonly<Record<string, Value | undefined>> =>
  Object.fromEntries(
    Object.entries(usual).map(([name, values]) => [name, unlessUsual(link, name, ...values)]),
  )

/** What the kernel gives a port; its cost goes by the speed of the device (port_cost, net/bridge/br_if.c). */
const portUsual = {
  hairpin: [false],
  isolated: [false],
  pathCost: [2, 4, 19, 100],
  priority: [32],
}

/** A VXLAN's is the tunnel's. */
const portLearning = { learning: [true] }

const bridgeUsual = {
  promiscuous: [false],
  stp: [false],
  forwardDelay: [15],
  helloTime: [2],
  maxAge: [20],
  ageingTime: [300],
  priority: [32768],
  vlanFiltering: [false],
  multicastSnooping: [true],
}

const vxlanUsual = {
  port: [4789],
  learning: [true],
  ttl: [0],
  tos: [0],
  ageingTime: [300],
  udpChecksum: [true],
}

const portOf = (
  link: Link,
  usual: Readonly<Record<string, readonly Value[]>>,
): Partial<Interface> => {
  const { bridge } = link.attributes
  return typeof bridge === 'string' ? defined({ bridge, ...read(link, usual) }) : {}
}

/** What a link is as a port of its bridge. */
export const portOptionsOf = (link: Link): Partial<Interface> =>
  portOf(link, { ...portUsual, ...portLearning })

const isUp = ({ attributes: { up } }: Link): { readonly up?: boolean } =>
  up === false ? { up: false } : {}

/**
 * Whether somebody chose a MAC address: CNI and Docker have their own beginnings, and what people write has
 * zeros. Chance makes one in some thousands look so.
 */
const isChosen = (mac: string): boolean =>
  /^(0a:58|02:42)/.test(mac) || (mac.match(/\b00\b/g) ?? []).length >= 2

const macOf = ({ attributes: { mac } }: Link): { readonly mac?: string } =>
  typeof mac === 'string' && isChosen(mac) ? { mac } : {}

/** The smallest of its ports' is what a bridge has that nobody gave another one. */
const ownMtuOf = (bridge: Link, scene: Scene): number => {
  const ports = allIn<Link>(scene, 'link', bridge.namespace).filter(
    ({ attributes }) => attributes['bridge'] === bridge.name,
  )
  return ports.length === 0
    ? usualMtu
    : Math.min(...ports.map(({ attributes: { mtu } }) => Number(mtu)))
}

const mtuUnless = ({ attributes: { mtu } }: Link, usual: number): { readonly mtu?: number } =>
  typeof mtu === 'number' && mtu !== usual ? { mtu } : {}

/** What a bridge is. Its MAC address is that of a port unless somebody gave it another one. */
export const bridgeOptions = (link: Link, scene: Scene): Bridge => {
  const macs = allIn<Link>(scene, 'link', link.namespace)
    .filter(({ attributes }) => attributes['bridge'] === link.name)
    .map(({ attributes }) => attributes['mac'])
  const isOwn = !macs.includes(link.attributes['mac'])
  const isPlain = link.attributes['mtu'] === usualMtu && ownMtuOf(link, scene) === usualMtu
  return {
    ...isUp(link),
    ...(isPlain ? {} : mtuUnless(link, 0)),
    ...(isOwn ? macOf(link) : {}),
    ...defined(read(link, bridgeUsual)),
  }
}

/** What an end of a pair is. */
export const vethOptions = (link: Link): Partial<Interface> => ({
  ...isUp(link),
  ...mtuUnless(link, usualMtu),
  ...macOf(link),
  ...portOptionsOf(link),
})

/** The device's less the headers: what a tunnel has that nobody gave another one. */
const tunnelMtu = ({ namespace, attributes }: Link, scene: Scene): number => {
  const { device, family } = attributes
  const below = allIn<Link>(scene, 'link', namespace).find(({ name }) => name === device)
  if (!below) return usualMtu
  return Number(below.attributes['mtu']) - vxlanOverhead(family === 'inet6' ? '::' : undefined)
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** What a tunnel is. Others know its MAC address. */
export const vxlanOptions = (link: Link, scene: Scene): Partial<Vxlan> => {
  const { id, device, group, local, mac } = link.attributes
  return defined({
    id: Number(id),
    device: text(device),
    group: text(group),
    local: text(local),
    ...isUp(link),
    ...mtuUnless(link, tunnelMtu(link, scene)),
    mac: text(mac),
    ...portOf(link, portUsual),
    ...read(link, vxlanUsual),
  })
}

const loopbackMtu = 65536

/** What was noted of a device before it was configured says what it was configured for. */
const configured = (link: Link): Partial<Interface> => {
  const { mtu, mac } = link.attributes
  const { previous = {} } = link
  return defined({
    mtu: Object.hasOwn(previous, 'mtu') && typeof mtu === 'number' ? mtu : undefined,
    mac: Object.hasOwn(previous, 'mac') ? text(mac) : undefined,
  })
}

/** What a device is that netplan cannot make. */
export const deviceOptions = (link: Link): Partial<Interface> => ({
  ...isUp(link),
  ...mtuUnless(link, link.name === 'lo' ? loopbackMtu : usualMtu),
  ...configured(link),
  ...portOptionsOf(link),
})
