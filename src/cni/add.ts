import { stat } from '../kernel/files.ts'
import type { IpLink } from '../kernel/ip.ts'
import { addressed, attachmentOf, isChained } from './attach.ts'
import { isSameAttachment, readAttachments, writeAttachments } from './attachments.ts'
import type { Attachment, AttachmentId } from './attachments.ts'
import { codes, CniError, isNothingThere } from './errors.ts'
import { afterwards } from './explain.ts'
import { realize } from './node.ts'
import { alone } from './operations.ts'
import type { Request } from './operations.ts'
import { noResult } from './result.ts'
import type { Interface, Result } from './result.ts'

type Links = (namespace: string) => Promise<readonly IpLink[]>

const requireNew = (before: readonly Attachment[], own: AttachmentId): void => {
  if (!before.some((one) => isSameAttachment(one, own))) return
  const { containerId, network, ifname } = own
  throw new CniError(codes.failed, `${containerId} is attached to ${network} by ${ifname} already`)
}

/** Makes an attachment, of which nothing is left where that fails. */
const attach = (request: Request, own: Attachment): Promise<Links> =>
  alone(request, async (doing) => {
    const { node } = doing
    const before = await readAttachments(node)
    requireNew(before, own)
    const attachments = [...before, own]
    // Noted first: what a kill leaves behind of it, DEL and GC find.
    await writeAttachments(node, attachments)
    try {
      return await realize({ attachments, leaving: [], own }, doing)
    } catch (error) {
      await writeAttachments(node, before)
      throw error
    }
  })

const describeLink = (links: readonly IpLink[], name: string, sandbox?: string): Interface => {
  const link = links.find(({ ifname }) => ifname === name)
  return { name, mac: link?.address, mtu: link?.mtu, sandbox }
}

/** The bridge, the end of the pair in the node, and that in the pod. */
const interfacesOf = async (
  { wire, ifname, containerId, netns }: Attachment,
  links: Links,
): Promise<readonly Interface[]> => {
  if (!wire) return []
  const [own, pod] = [await links(''), await links(containerId)]
  return [
    describeLink(own, wire.bridge),
    describeLink(own, wire.host),
    describeLink(pod, ifname, netns),
  ]
}

const isEmpty = (dns: Result['dns']): boolean =>
  Object.values(dns).every((one: string | readonly string[] | undefined) => !one?.length)

/** What was there before comes first, and its devices keep their numbers. */
const join = (before: Result, own: Result, dns: Result['dns']): Result => {
  const device = before.interfaces.length + own.interfaces.length - 1
  return {
    interfaces: [...before.interfaces, ...own.interfaces],
    ips: [...before.ips, ...own.ips.map((ip) => ({ ...ip, interface: device }))],
    routes: [...before.routes, ...own.routes],
    dns: [own.dns, before.dns, dns].find((one) => !isEmpty(one)) ?? {},
  }
}

/** @throws CniError (4) where it is no other namespace than the node's, (3) where there is none */
const requireNamespace = async ({ environment, node }: Request): Promise<void> => {
  const { netns } = environment
  const invalid = (message: string): CniError =>
    new CniError(codes.invalidEnvironment, message, netns)
  if (!netns.startsWith('/')) throw invalid('CNI_NETNS is no path of a namespace')
  let inode: number
  try {
    inode = (await stat(netns)).ino
  } catch (error) {
    if (!isNothingThere(error)) throw error
    throw new CniError(codes.unknownContainer, 'there is no namespace CNI_NETNS', netns)
  }
  if (inode === node.inode) throw invalid('CNI_NETNS is the namespace of the node itself')
}

/** ADD: a pod gets a device in the network, and addresses. */
export const add = async (request: Request): Promise<Result> => {
  const { configuration, environment, addressing, node } = request
  const { name: network, prevResult = noResult } = configuration
  await requireNamespace(request)
  // Asked before there are addresses: to give them back would take those of the first one.
  requireNew(await readAttachments(node), { ...environment, network })
  if (isChained(configuration, environment)) {
    await attach(request, attachmentOf(configuration, environment, noResult))
    return prevResult
  }
  const assigned = addressed(configuration, await addressing.add())
  try {
    const own = attachmentOf(configuration, environment, assigned)
    const interfaces = await interfacesOf(own, await attach(request, own))
    return join(prevResult, { ...assigned, interfaces }, configuration.dns)
  } catch (error) {
    throw await afterwards(error, addressing.del)
  }
}
