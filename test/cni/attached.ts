import { existsSync } from 'node:fs'
import { add, check, del } from './chain.ts'
import type { Network, Runtime } from './chain.ts'
import type { Contender, Wanted } from './contenders.ts'
import type { Lab, Pod } from './lab.ts'
import type { Attachment, Document } from './protocol.ts'
import { tracesOf } from './traces.ts'
import type { Traces } from './traces.ts'

/** A pod on a network, and what its ADD brought. */
export interface Attached extends Attachment {
  readonly pod: Pod
  readonly result: Document
}

/** A runtime with one network, as one contender has it. */
export interface Site {
  readonly contender: Contender
  readonly lab: Lab
  readonly runtime: Runtime
  readonly network: Network
  /** Where addresses are kept. */
  readonly dataDir: string
  add(pod: Pod, more?: Pick<Attachment, 'args' | 'capabilities'>): Promise<Attached>
  check(one: Attached): Promise<void>
  del(one: Attached): Promise<void>
  traces(): Traces
}

/** What a pod is called by its runtime. */
export const attachmentOf = (
  { name, netns }: Pod,
  more: Pick<Attachment, 'args' | 'capabilities'> = {},
): Attachment => ({
  ...{ containerId: `${name}-0123456789abcdef`, netns: `/run/netns/${netns}`, ifname: 'eth0' },
  ...more,
})

/** Addresses are kept in a folder of the lab, whatever the network says. */
export const openSite = (contender: Contender, lab: Lab, wanted: Wanted): Site => {
  const dataDir = `${lab.folder}/networks`
  const { ipam } = wanted.bridge
  const bridge = { ...wanted.bridge, ipam: { ...(ipam as Document), dataDir } }
  const network = contender.network({ ...wanted, bridge })
  const runtime = { runner: lab.machine, path: contender.path(lab.folder) }
  return {
    ...{ contender, lab, runtime, network, dataDir },
    add: async (pod, more) => {
      const attachment = attachmentOf(pod, more)
      return { ...attachment, pod, result: await add(runtime, network, attachment) }
    },
    check: (one) => check(runtime, network, one),
    del: (one) =>
      // A runtime whose container is gone knows no namespace.
      del(runtime, network, existsSync(one.netns!) ? one : { ...one, netns: undefined }),
    traces: () => tracesOf(lab.node, dataDir, network.name),
  }
}
