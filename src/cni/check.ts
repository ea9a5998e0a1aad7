import { isSameAttachment, readAttachments } from './attachments.ts'
import type { Attachment } from './attachments.ts'
import { isChained } from './attach.ts'
import { invalidConfig } from './decode.ts'
import { codes, CniError } from './errors.ts'
import { differenceOf, openScope, planScope } from './node.ts'
import type { Request } from './operations.ts'
import type { Result } from './result.ts'
import { requireFrom } from './versions.ts'

const differs = (message: string, details = ''): CniError =>
  new CniError(codes.differs, message, details)

/** What the runtime was told is what was made. */
const compare = (own: Attachment, { interfaces, ips }: Result): void => {
  const known = new Set(ips.map(({ address }) => address))
  const missing = own.addresses.filter((address) => !known.has(address))
  if (missing.length > 0) throw differs('prevResult lacks addresses', missing.join(', '))
  const hasDevice = interfaces.some(
    ({ name, sandbox }) => name === own.ifname && sandbox === own.netns,
  )
  if (!hasDevice) throw differs(`prevResult lacks ${own.ifname} in ${own.netns}`)
}

/** CHECK: what a pod has is as ADD left it. */
export const check = async ({
  configuration,
  environment,
  node,
  addressing,
}: Request): Promise<void> => {
  const { cniVersion, name: network, prevResult } = configuration
  requireFrom(cniVersion, '0.4.0', 'CHECK')
  if (!prevResult) throw invalidConfig('CHECK needs a prevResult')
  const { containerId, ifname } = environment
  const attachments = await readAttachments(node)
  const own = attachments.find((one) => isSameAttachment(one, { network, containerId, ifname }))
  if (!own) throw differs(`${containerId} is not attached to ${network} by ${ifname}`)
  compare(own, prevResult)
  if (!isChained(configuration, environment) || own.wire) await addressing.check()
  const difference = differenceOf(await planScope(await openScope({ attachments, own })))
  if (difference !== '') throw differs('not as ADD left it', difference)
}
