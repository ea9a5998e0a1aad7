import { readAttachments } from '../cni/attachments.ts'
import { cniOwner } from '../cni/describe.ts'
import { openNode } from '../kernel/namespaces.ts'
import { ownerId } from '../resources/ownership.ts'
import { noPlan } from './failure.ts'
import { findEarlier } from './journals.ts'
import { withLock } from './locking.ts'
import { openSession } from './session.ts'
import { carryOutUnattended } from './unattended.ts'

/** Seconds for pods that come and go just now. */
const patience = 60

/** Takes away what the plugin has made, where no pod is attached any more. @returns how many are */
export const removeNetwork = async (): Promise<number> => {
  const node = await openNode(undefined)
  return withLock(node, 'netplan cni uninstall', patience, async (lock) => {
    const { length } = await readAttachments(node)
    if (length > 0) return length
    const owner = { name: cniOwner, id: ownerId(cniOwner) }
    const session = await openSession({ owner, resources: [] }, { netns: undefined, adopt: false })
    const planned = await session.plan()
    if (!planned.ok) throw noPlan(planned.diagnostics, () => undefined)
    const earlier = await findEarlier(node, cniOwner)
    const command = 'netplan cni uninstall'
    await carryOutUnattended(session, planned, { command, lock, earlier })
    return 0
  })
}
