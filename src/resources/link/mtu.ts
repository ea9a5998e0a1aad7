import { usualMtu } from '../../net/mtus.ts'
import type { Aftermath, Worlds } from '../kind.ts'
import { linkIdentity } from './link.ts'
import type { Link } from './link.ts'
import { declaredMtuOf } from './follow.ts'
import { portsOf } from './mac.ts'

/** NaN where only the kernel knows: it computes that of a new vxlan. */
const mtuOf = ({ attributes: { mtu }, type }: Link): number => {
  if (typeof mtu === 'number') return mtu
  return type === 'vxlan' ? NaN : usualMtu
}

const lowest = (mtus: readonly number[]): number =>
  mtus.length === 0 ? usualMtu : Math.min(...mtus)

/** Whether a bridge has the MTU of its smallest port, which may be all there is to it (N-33). */
const seemsToFollow = (link: Link, { observed }: Aftermath): boolean =>
  link.type === 'bridge' &&
  mtuOf(link) === lowest(portsOf(link.namespace, link.name, observed).map(mtuOf))

/** That of a link of the file, which may follow another one's. */
const futureMtu = (link: Link, worlds: Worlds): number =>
  mtuOf({ ...link, attributes: { ...link.attributes, mtu: declaredMtuOf(link, worlds) } })

/** The MTUs of a bridge's ports when all is done. */
const futureMtus = ({ namespace, name }: Link, aftermath: Aftermath): readonly number[] => {
  const { fate, gone, changed, desired, observed } = aftermath
  const staying = portsOf(namespace, name, observed).flatMap((port) => {
    const identity = linkIdentity(namespace, port.name)
    const [lost, leaves] = [gone(identity), changed(identity, 'bridge')]
    const mtu = changed(identity, 'mtu')?.after
    return lost || leaves ? [] : [typeof mtu === 'number' ? mtu : mtuOf(port)]
  })
  const joining = portsOf(namespace, name, desired).filter((port) => {
    const identity = linkIdentity(namespace, port.name)
    return fate(identity) !== undefined || changed(identity, 'bridge')
  })
  return [...staying, ...joining.map((port) => futureMtu(port, aftermath))]
}

/**
 * Whether a bridge's declared MTU would go with its ports. It does not where it is the bridge's own,
 * but one that is that of the smallest port may be only that (N-33), and nothing shows which.
 */
export const mayLoseMtu = (link: Link, aftermath: Aftermath): boolean => {
  const { namespace, name } = link
  const wanted = aftermath.desired.find(linkIdentity(namespace, name)) as Link | undefined
  const declared = wanted && declaredMtuOf(wanted, aftermath)
  if (declared === undefined || declared !== mtuOf(link) || !seemsToFollow(link, aftermath))
    return false
  // A smaller port that joins gives the bridge its MTU back itself.
  return lowest(futureMtus(link, aftermath).filter((mtu) => mtu >= declared)) !== declared
}

/** The MTU that a link is about to get, be it for a moment; NaN: another one; undefined: it stays. */
export const nextMtu = (link: Link, aftermath: Aftermath): number | undefined => {
  const { namespace, name } = link
  const given = aftermath.changed(linkIdentity(namespace, name), 'mtu')?.after
  if (typeof given === 'number') return given
  if (!seemsToFollow(link, aftermath)) return undefined
  const next = lowest(futureMtus(link, aftermath))
  return next === mtuOf(link) ? undefined : next
}
