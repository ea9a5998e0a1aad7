import { readAttachments, writeAttachments } from './attachments.ts'
import type { Attachment, AttachmentId } from './attachments.ts'
import { hostDevice } from './names.ts'
import { realize } from './node.ts'
import type { Doing } from './node.ts'
import { alone } from './operations.ts'
import type { Request } from './operations.ts'

/** The device that an attachment has in the node, whether anything is known of it or not. */
export const deviceOf = ({ network, containerId, ifname }: AttachmentId): string =>
  hostDevice(network, containerId, ifname)

/** Takes what some attachments have from the node. */
export const detach = async (
  doing: Doing,
  isLeaving: (attachment: Attachment) => boolean,
  isDoomed: (device: string) => boolean,
): Promise<void> => {
  const before = await readAttachments(doing.node)
  const attachments = before.filter((one) => !isLeaving(one))
  await realize({ attachments, isDoomed }, doing)
  if (attachments.length < before.length) await writeAttachments(doing.node, attachments)
}

/** DEL: what ADD made is taken back, as far as it is there. An address is given back last: nobody answers to it then. */
export const del = async (request: Request): Promise<void> => {
  const { configuration, environment, addressing } = request
  const { containerId, ifname } = environment
  const id: AttachmentId = { network: configuration.name, containerId, ifname }
  const device = deviceOf(id)
  await alone(request, (doing) =>
    detach(
      doing,
      (one) =>
        one.network === id.network && one.containerId === containerId && one.ifname === ifname,
      (name) => name === device,
    ),
  )
  await addressing.del()
}
