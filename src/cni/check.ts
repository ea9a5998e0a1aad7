import { isSameAttachment, readAttachments } from './attachments.ts'
import type { Attachment } from './attachments.ts'
import { invalidConfig } from './decode.ts'
import { codes, CniError } from './errors.ts'
import { differenceOf, openScope, planScope } from './node.ts'
import { alone } from './operations.ts'
import type { Request } from './operations.ts'
import type { Interface, Result } from './result.ts'
import { requireFrom } from './versions.ts'

const differs = (message: string, details = ''): CniError =>
  new CniError(codes.differs, message, details)

/** What the runtime was told is what was made. @returns what it was told of the pod's device */
const compare = (own: Attachment, { interfaces, ips }: Result): Interface => {
  const known = new Set(ips.map(({ address }) => address))
  const missing = own.addresses.filter((address) => !known.has(address))
  if (missing.length > 0) throw differs('prevResult lacks addresses', missing.join(', '))
  const device = interfaces.find(
    ({ name, sandbox }) => name === own.ifname && sandbox === own.netns,
  )
  if (!device) throw differs(`prevResult lacks ${own.ifname} in ${own.netns}`)
  return device
}

/** What a pod has is what is to be there, and the device is the one that was told. */
const compareNode = async (
  attachments: readonly Attachment[],
  own: Attachment,
  { name, mac }: Interface,
): Promise<void> => {
  const planned = await planScope(await openScope({ attachments, own }))
  const difference = differenceOf(planned)
  if (difference !== '') throw differs('not as ADD left it', difference)
  if (!own.wire || mac === undefined) return
  const { links } = await planned.seen.reader.ip(own.containerId)
  const found = links.find(({ ifname }) => ifname === name)?.address ?? ''
  if (found.toLowerCase() !== mac.toLowerCase())
    throw differs(`the MAC address of ${name} is ${found}`, `ADD left ${mac}`)
}

/** CHECK: what a pod has is as ADD left it. */
export const check = async (request: Request): Promise<void> => {
  const { configuration, environment, node, addressing } = request
  const { cniVersion, name: network, prevResult } = configuration
  requireFrom(cniVersion, '0.4.0', 'CHECK')
  if (!prevResult) throw invalidConfig('CHECK needs a prevResult')
  const { containerId, ifname } = environment
  // What another one is about to make is noted before it is there.
  await alone(request, async () => {
    const attachments = await readAttachments(node)
    const own = attachments.find((one) => isSameAttachment(one, { network, containerId, ifname }))
    if (!own) throw differs(`${containerId} is not attached to ${network} by ${ifname}`)
    const device = compare(own, prevResult)
    if (own.wire) await addressing.check()
    await compareNode(attachments, own, device)
  })
}
