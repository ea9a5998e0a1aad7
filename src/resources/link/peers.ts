import type { IpLink } from '../../kernel/ip.ts'
import type { Json, Reader } from '../../kernel/reader.ts'
import { netnsDirectory } from '../../net/namespaces.ts'
import type { NamespaceName } from '../kind.ts'
import { linkIdentity, peerText } from './link.ts'
import type { Link } from './link.ts'

/** The links of one namespace, as `ip` prints them. */
interface Scene {
  readonly namespace: NamespaceName
  readonly links: readonly IpLink[]
}

/** One end of a veth. */
interface End {
  readonly namespace: NamespaceName
  readonly name: string
  /** The number that its namespace has for that of its other end. */
  readonly number: number
}

/** Veths by `ifindex` and the ifindex they point to, which two ends share the other way round (N-11). */
type Ends = ReadonlyMap<string, readonly End[]>

/** What the numbers that a namespace has for others are called below /run/netns. */
type Names = ReadonlyMap<number, string | undefined>

/** What helps to find the other end of a veth. */
interface Clues {
  readonly ends: Ends
  /** By namespace, as far as they were asked for. */
  readonly names: ReadonlyMap<NamespaceName, Names>
  /** By identity of an end in another namespace, that in the node that leads there by number and name. */
  readonly paired: ReadonlyMap<string, End>
  /** The peers that are desired, by identity. */
  readonly peers: ReadonlyMap<string, Json | undefined>
  readonly reader: Reader
}

const veths = ({ links }: Scene): readonly IpLink[] =>
  links.filter((link) => link.linkinfo?.info_kind === 'veth')

const endOf = ({ ifname, link_netnsid: number = -1 }: IpLink, { namespace }: Scene): End => ({
  namespace,
  name: ifname,
  number,
})

const indexEnds = (scenes: readonly Scene[]): Ends => {
  const ends = new Map<string, End[]>()
  for (const scene of scenes) {
    for (const link of veths(scene)) {
      if (link.link_index === undefined) continue
      const key = `${String(link.ifindex)} ${String(link.link_index)}`
      const found = ends.get(key) ?? []
      found.push(endOf(link, scene))
      ends.set(key, found)
    }
  }
  return ends
}

const idOf = ({ namespace, name }: End): string => linkIdentity(namespace, name)

const textOf = ({ namespace, name }: End): string => peerText(namespace, name)

const pathOf = (namespace: NamespaceName, reader: Reader): string =>
  reader.namespace(namespace)?.path ?? ''

/** What may be the other end of a link, in another namespace. */
const candidatesOf = (link: IpLink, namespace: NamespaceName, ends: Ends): readonly End[] =>
  (ends.get(`${String(link.link_index)} ${String(link.ifindex)}`) ?? []).filter(
    (end) => end.namespace !== namespace,
  )

/** Without those that are known to be of another pair. */
const freeOf = (
  link: IpLink,
  namespace: NamespaceName,
  { ends, paired }: Pick<Clues, 'ends' | 'paired'>,
): readonly End[] =>
  candidatesOf(link, namespace, ends).filter((end) => namespace === '' || !paired.has(idOf(end)))

/** Of these, those that are in the namespace that the kernel names. */
const namedOf = (
  candidates: readonly End[],
  name: string | undefined,
  reader: Reader,
): readonly End[] =>
  name === undefined
    ? []
    : candidates.filter(
        ({ namespace }) => pathOf(namespace, reader) === `${netnsDirectory}/${name}`,
      )

const namesIn = async (namespace: NamespaceName, reader: Reader): Promise<Names> =>
  new Map((await reader.namespaceIds(namespace)).map(({ nsid, name }) => [nsid, name]))

/** The pairs of which the node has one end: the kernel names the namespace of the other, and has one link of an index. */
const pairsOf = (
  own: Scene,
  names: Names,
  { ends, reader }: Pick<Clues, 'ends' | 'reader'>,
): Clues['paired'] => {
  const paired = new Map<string, End>()
  for (const link of veths(own)) {
    const name = names.get(link.link_netnsid ?? -1)
    const [end] = namedOf(candidatesOf(link, own.namespace, ends), name, reader)
    if (end) paired.set(idOf(end), endOf(link, own))
  }
  return paired
}

/** Whether the end in the node does not tell whose it is. */
const isDoubtful = (clues: Pick<Clues, 'ends' | 'paired'>, scene: Scene): boolean =>
  veths(scene).some(
    (link) =>
      link.link === undefined &&
      !clues.paired.has(linkIdentity(scene.namespace, link.ifname)) &&
      freeOf(link, scene.namespace, clues).length > 0,
  )

const gatherClues = async (
  scenes: readonly Scene[],
  desired: readonly Link[],
  reader: Reader,
): Promise<Clues> => {
  const ends = indexEnds(scenes)
  const own = await namesIn('', reader)
  const [paired = new Map<string, End>()] = scenes
    .filter(({ namespace }) => namespace === '')
    .map((scene) => pairsOf(scene, own, { ends, reader }))
  const doubtful = scenes.filter(
    (scene) => scene.namespace !== '' && isDoubtful({ ends, paired }, scene),
  )
  const others = await Promise.all(
    doubtful.map(async ({ namespace }) => [namespace, await namesIn(namespace, reader)] as const),
  )
  const peers = desired.map(
    ({ namespace, name, attributes }) =>
      [linkIdentity(namespace, name), attributes['peer']] as const,
  )
  return { ends, names: new Map([['', own], ...others]), paired, peers: new Map(peers), reader }
}

const isCalledOtherwise = (path: string, names: Names, number: number): boolean =>
  names.has(number) &&
  path.startsWith(`${netnsDirectory}/`) &&
  path !== `${netnsDirectory}/${String(names.get(number))}`

const noNames: Names = new Map()

/** The peer of a veth as NAME or NAMESPACE/NAME; "unknown" where it is in none that we read. */
const findPeer = (link: IpLink, namespace: NamespaceName, clues: Clues): string => {
  const { names, paired, peers, reader } = clues
  if (link.link !== undefined) return peerText(namespace, link.link)
  const identity = linkIdentity(namespace, link.ifname)
  const pair = paired.get(identity)
  if (pair) return textOf(pair)
  // Indexes repeat across namespaces (N-12): where the kernel's number has a name, that decides.
  const candidates = freeOf(link, namespace, clues)
  const number = link.link_netnsid ?? -1
  const known = names.get(namespace) ?? noNames
  const named = namedOf(candidates, known.get(number), reader)
  const found = named.length > 0 ? named : candidates
  // Nothing tells those apart that have no name: then it is the one that it should be.
  const wanted = peers.get(identity)
  const asked = found.find((end) => textOf(end) === wanted)
  if (asked) return textOf(asked)
  // One that the kernel calls otherwise, or nothing, is not one of those with a name: seen from either end.
  const isOther = (end: End): boolean =>
    isCalledOtherwise(pathOf(end.namespace, reader), known, number) ||
    isCalledOtherwise(pathOf(namespace, reader), names.get(end.namespace) ?? noNames, end.number)
  const [first] = found === named ? named : candidates.filter((end) => !isOther(end))
  return first ? textOf(first) : 'unknown'
}

/**
 * Who is the other end of each veth: the kernel says an index, and a number of a namespace. The end in the node tells of
 * both; only of pairs that have none there, within their namespaces is asked what the numbers are called.
 */
export const findPeers = async (
  scenes: readonly Scene[],
  desired: readonly Link[],
  reader: Reader,
): Promise<(link: IpLink, namespace: NamespaceName) => string> => {
  const clues = await gatherClues(scenes, desired, reader)
  return (link, namespace) => findPeer(link, namespace, clues)
}
