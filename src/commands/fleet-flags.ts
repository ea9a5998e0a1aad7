import * as Flags from '@oclif/core/flags'
import { exitCodes, Failure } from './failure.ts'

const missingKinds = ['fail', 'new'] as const

/** What becomes of a node of which there is no snapshot. */
export type Missing = (typeof missingKinds)[number]

export const missingFlag = {
  missing: Flags.option({
    options: missingKinds,
    description: 'a node without a snapshot is an error (default), or one that has nothing yet',
    dependsOn: ['snapshots'],
  })(),
}

export const fleetFlags = {
  ...missingFlag,
  fleet: Flags.boolean({
    description:
      'plan for every node, from --snapshots, or compare with another version, --against',
    exclusive: ['netns', 'state'],
  }),
  snapshots: Flags.string({
    description: 'the folder with the snapshots of all nodes, one .json file each',
    helpValue: 'DIR',
    dependsOn: ['fleet'],
    exclusive: ['against'],
  }),
  against: Flags.string({
    description: 'take what this configuration asks for as what each node has',
    helpValue: 'PATH',
    dependsOn: ['fleet'],
  }),
}

interface Given {
  readonly snapshots?: string | undefined
  readonly against?: string | undefined
  readonly file?: readonly string[] | undefined
  readonly node?: string | undefined
  readonly format: string
  readonly report?: readonly string[] | undefined
}

/** What the nodes have: in a folder of snapshots, or as another configuration has it. */
export type FleetSource =
  { readonly snapshots: string } | { readonly snapshots: undefined; readonly against: string }

/** @throws Failure (64) where that is not said, or where a fleet has no such format */
export const fleetSourceOf = ({
  snapshots,
  against,
  format,
  report = [],
  file = [],
  node,
}: Given): FleetSource => {
  if (report.some((one) => one.startsWith('json='))) {
    const message = 'the JSON of a fleet is written to standard output alone: --json'
    throw new Failure(exitCodes.usage, 'usage', message)
  }
  if (format === 'script' || report.some((one) => one.startsWith('script='))) {
    const message = 'a fleet has no script: --state plans one node as one'
    throw new Failure(exitCodes.usage, 'usage', message)
  }
  if (against === '-' && file.includes('-')) {
    const message = 'standard input can be read once: by -f, or by --against'
    throw new Failure(exitCodes.usage, 'usage', message)
  }
  if (node !== undefined) {
    const message =
      '--fleet is of all nodes, and --node of one: --state plans one from its snapshot'
    throw new Failure(exitCodes.usage, 'usage', message)
  }
  if (snapshots !== undefined) return { snapshots }
  if (against !== undefined) return { snapshots, against }
  const message = '--fleet needs what the nodes have: --snapshots DIR, or --against PATH'
  throw new Failure(exitCodes.usage, 'usage', message)
}
