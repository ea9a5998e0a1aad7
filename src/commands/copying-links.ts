import { writeFile } from 'node:fs/promises'
import type { Writer } from '../kernel/writer.ts'
import { withoutLength } from '../net/addresses.ts'
import { outside, underlayBridge } from '../rehearsal/script.ts'
import type { Bare, Underlay } from '../rehearsal/script.ts'
import { makeStandIn } from '../rehearsal/stand-ins.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'
import type { Address } from '../resources/address.ts'
import type { Resource } from '../resources/kind.ts'
import type { Link } from '../resources/link/link.ts'
import type { Route } from '../resources/route/route.ts'
import { attempt } from './attempt.ts'

type Failures = readonly LeftOut[]

/** The name of the other end of a stand-in: that of another node is in the same namespace. */
const farName = (underlay: Underlay | null, index: number): string =>
  `far${String(underlay?.number ?? 0)}-${String(index)}`

const ip = (writer: Writer, words: string, netns?: string): Promise<Failures> =>
  attempt(writer, { argv: ['ip', ...words.split(' ')], netns })

/** The namespace of the other ends; that of a fleet is there already. */
export const openOutside = async (writer: Writer): Promise<Failures> => {
  await writeFile(outside, '')
  return attempt(writer, { argv: ['unshare', `--net=${outside}`, '--', 'true'] })
}

/** Whether the others reach the node by this device, or by the bridge that it is a port of. */
const isJoined = (
  { namespace, name, attributes: { bridge } }: Link,
  observed: readonly Resource[],
  underlay: Underlay | null,
): boolean => {
  if (!underlay || namespace !== '') return false
  const devices = observed
    .filter((one): one is Address => one.kind === 'address' && one.namespace === '')
    .filter(({ address }) => underlay.addresses.includes(withoutLength(address)))
    .map(({ link }) => link)
  return devices.includes(name) || devices.some((device) => device === bridge)
}

/** The routers that a node knows are the network itself, unless they are nodes. */
const addRouters = async (
  writer: Writer,
  gateways: readonly string[],
  { all }: Underlay,
): Promise<void> => {
  const routers = gateways.filter((gateway) => !all.includes(withoutLength(gateway)))
  for (const router of routers) {
    // Most nodes have the same one: then it is there already.
    await ip(writer, `address add ${router} dev ${underlayBridge} nodad`, outside)
  }
}

/** Gateways of default routes, each with the length of the subnet that it is in. */
const gatewaysOf = (observed: readonly Resource[], underlay: Underlay): readonly string[] => {
  const lengths = observed
    .filter((one): one is Address => one.kind === 'address' && one.namespace === '')
    .filter(({ address }) => underlay.addresses.includes(withoutLength(address)))
    .map(({ address }) => ({ isSix: address.includes(':'), length: address.split('/')[1] ?? '' }))
  return observed
    .filter((one): one is Route => one.kind === 'route' && one.namespace === '')
    .flatMap(({ to, attributes: { via } }) => {
      if (!to.endsWith('/0') || typeof via !== 'string') return []
      const found = lengths.find(({ isSix }) => isSix === via.includes(':'))
      return found ? [`${via}/${found.length}`] : []
    })
}

export interface StandIns {
  readonly links: readonly Link[]
  readonly observed: readonly Resource[]
  pathOf(namespace: string): string | undefined
}

/** Makes stand-ins, and joins those by which other nodes are reached to the network between them. */
export const copyStandIns = async (
  writer: Writer,
  { links, observed, pathOf }: StandIns,
  underlay: Underlay | null,
): Promise<Failures> => {
  const failures: LeftOut[] = []
  if (!underlay && links.length > 0) failures.push(...(await openOutside(writer)))
  for (const [index, link] of links.entries()) {
    const name = farName(underlay, index)
    const netns = pathOf(link.namespace)
    for (const argv of makeStandIn(link, { netns: outside, name }))
      failures.push(...(await attempt(writer, { argv, netns })))
    const master = isJoined(link, observed, underlay) ? ` master ${underlayBridge}` : ''
    failures.push(...(await ip(writer, `link set dev ${name}${master} up`, outside)))
  }
  if (!underlay) return failures
  await addRouters(writer, gatewaysOf(observed, underlay), underlay)
  if (links.some((link) => isJoined(link, observed, underlay))) return failures
  const why = 'no device of the snapshot has an address by which the others reach it'
  return [...failures, { what: 'the network between the nodes', why }]
}

/** Makes a node of which nothing is known: one device with its addresses, and a way out. */
export const makeBare = async (
  writer: Writer,
  { device, addresses, gateways }: Bare,
  underlay: Underlay,
): Promise<Failures> => {
  const far = farName(underlay, 0)
  const failures: LeftOut[] = []
  const run = async (words: string, netns?: string): Promise<void> => {
    failures.push(...(await ip(writer, words, netns)))
  }
  await run(`link add name ${device} type veth peer name ${far} netns ${outside}`)
  await run(`link set dev ${far} master ${underlayBridge} up`, outside)
  await run('link set dev lo up')
  await run(`link set dev ${device} up`)
  for (const address of addresses) {
    const nodad = address.includes(':') ? ' nodad' : ''
    await run(`address add ${address} dev ${device}${nodad}`)
  }
  await addRouters(writer, gateways, underlay)
  for (const gateway of gateways) {
    const family = gateway.includes(':') ? '-6 ' : ''
    await run(`${family}route add default via ${withoutLength(gateway)}`)
  }
  return failures
}
