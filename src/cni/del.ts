import { isSameAttachment, readAttachments, writeAttachments } from './attachments.ts'
import type { Attachment, AttachmentId } from './attachments.ts'
import { hostDevice } from './names.ts'
import { realize } from './node.ts'
import type { Doing } from './node.ts'
import { alone } from './operations.ts'
import type { Request } from './operations.ts'

/** The device that an attachment has in the node, whether anything is known of it or not. */
const deviceOf = ({ network, containerId, ifname }: AttachmentId): string =>
  hostDevice(network, containerId, ifname)

/**
 * Takes what some attachments have from the node.
 *
 * @param more others of which nothing may be known any more; their devices go, too
 */
export const detach = async (
  doing: Doing,
  isLeaving: (attachment: Attachment) => boolean,
  more: readonly AttachmentId[] = [],
): Promise<void> => {
  const before = await readAttachments(doing.node)
  const leaving = before.filter(isLeaving)
  const devices = new Set([...leaving, ...more].map(deviceOf))
  if (devices.size === 0) return
  const attachments = before.filter((one) => !leaving.includes(one))
  // Of what nothing is known any more there may be rules of any family.
  const known = leaving.length === devices.size ? leaving : undefined
  await realize({ attachments, leaving: known, isDoomed: (name) => devices.has(name) }, doing)
  if (leaving.length > 0) await writeAttachments(doing.node, attachments)
}

/** DEL: what ADD made is taken back, as far as it is there. An address is given back last: nobody answers to it then. */
export const del = async (request: Request): Promise<void> => {
  const { configuration, environment, addressing } = request
  const { containerId, ifname } = environment
  const own: AttachmentId = { network: configuration.name, containerId, ifname }
  await alone(request, (doing) => detach(doing, (one) => isSameAttachment(one, own), [own]))
  await addressing.del()
}
