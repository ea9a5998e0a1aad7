import { driveChain } from './chain.ts'
import type { Driver, Network, Runtime } from './chain.ts'
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
  /** But for what the contender leaves for good. */
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

interface SiteOptions {
  readonly wanted: Wanted
  /** Who speaks to the plugins; default: we. */
  readonly drive?: (runtime: Runtime, network: Network) => Driver
}

/** Addresses are kept in a folder of the lab, whatever the network says. */
export const openSite = (
  contender: Contender,
  lab: Lab,
  { wanted, drive = driveChain }: SiteOptions,
): Site => {
  const dataDir = `${lab.folder}/networks`
  const { ipam } = wanted.bridge
  const bridge = { ...wanted.bridge, ipam: { ...(ipam as Document), dataDir } }
  const network = contender.network({ ...wanted, bridge })
  const runtime = { runner: lab.machine, path: contender.path(lab.folder) }
  const driver = drive(runtime, network)
  return {
    ...{ contender, lab, runtime, network, dataDir },
    add: async (pod, more) => {
      const attachment = attachmentOf(pod, more)
      return { ...attachment, pod, result: await driver.add(attachment) }
    },
    check: ({ result, ...one }) => driver.check(one, result),
    del: ({ result, ...one }) => driver.del(one, result),
    traces: () => {
      const traces = tracesOf(lab.node, dataDir, network.name)
      return { ...traces, rules: traces.rules.filter((rule) => !contender.staying.test(rule)) }
    },
  }
}
