import type { AttachmentId } from './attachments.ts'
import { invalidConfig } from './decode.ts'
import { detach } from './del.ts'
import { alone } from './operations.ts'
import type { Request } from './operations.ts'
import { requireFrom } from './versions.ts'

type Member = Pick<AttachmentId, 'containerId' | 'ifname'>

/** GC: what is of attachments to this network that the runtime does not know any more is taken back. */
export const gc = async (request: Request): Promise<void> => {
  const { configuration, addressing } = request
  const { cniVersion, name: network, valid } = configuration
  requireFrom(cniVersion, '1.1.0', 'GC')
  if (!valid) throw invalidConfig('cni.dev/valid-attachments is missing')
  const isValid = ({ containerId, ifname }: Member): boolean =>
    valid.some((one) => one.containerId === containerId && one.ifname === ifname)
  await alone(request, (doing) => detach(doing, (one) => one.network === network && !isValid(one)))
  await addressing.gc(isValid)
}
