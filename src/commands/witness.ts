import type { Machine } from '../config/cluster/identify.ts'
import type { FileText } from '../config/load.ts'
import { readAddresses } from '../kernel/addresses.ts'
import type { Answers } from '../kernel/answers.ts'
import { liveAnswers } from '../kernel/live.ts'
import { NodeError } from '../kernel/namespaces.ts'
import { startRecording } from '../kernel/recording.ts'
import { findStateDirectory } from '../kernel/state.ts'
import { lintNode } from '../lints/index.ts'
import { areClosed } from './journals.ts'
import { thisMachine } from './load.ts'
import type { FileFlags, Loaded } from './load.ts'
import type { Session } from './session.ts'
import { knownFlowsOf } from './known-flows.ts'
import { inputsOf, keepStanding } from './standing.ts'
import type { Planned } from './view.ts'

interface WitnessFlags extends FileFlags {
  readonly iptables?: string | undefined
  readonly adopt?: boolean
}

/** Sees what a plan is made from; where it is empty, the next one need not be made. */
export interface Witness {
  readonly machine: Machine
  readonly answers: Answers
  /** The same session; only its last plan counts. */
  watch(session: Session): Session
  /** Keeps that the last plan was empty, and that nothing was to be said of it. */
  keep(loaded: Loaded, version: string): Promise<void>
}

/** The node's own addresses, by which it was told which node it is. */
const watchAddresses = (
  machine: Machine,
): { machine: Machine; areSame(netns: string | undefined): Promise<boolean> } => {
  let seen: readonly string[] | undefined
  return {
    machine: { ...machine, addresses: async () => (seen = await machine.addresses()) },
    areSame: async (netns) =>
      seen === undefined || JSON.stringify(await readAddresses(netns)) === JSON.stringify(seen),
  }
}

/** Answers that are written down, and can be forgotten. */
const watchAnswers = (
  given: Answers,
): {
  answers: Answers
  restart(): void
  namespaces: ReturnType<typeof startRecording>['namespaces']
} => {
  let recording = startRecording(given)
  return {
    answers: {
      run: (question) => recording.answers.run(question),
      sysctls: (netns, paths) => recording.answers.sysctls(netns, paths),
      namespaceFile: (place) => recording.answers.namespaceFile(place),
    },
    restart: () => {
      recording = startRecording(given)
    },
    namespaces: (own) => recording.namespaces(own),
  }
}

type Ready = Extract<Planned, { ok: true }>

/** Nothing is to be done, and nothing to be said: also not of what is as it is by now, which only a first plan looks at. */
const isQuiet = async (planned: Ready, isFirst: boolean): Promise<boolean> => {
  if (planned.plan.changes.length > 0 || planned.warnings.length > 0) return false
  return isFirst || (await lintNode(planned.seen)).length === 0
}

const textsOf = ({ source }: Loaded): readonly FileText[] =>
  source.files.map((name) => ({ name, text: source.text(name) ?? '' }))

/** What was read of standard input cannot be read again. */
const isRepeatable = ({ file = [] }: WitnessFlags): boolean => !file.includes('-')

/** A folder that cannot be written, or is full: the next plan is made as this one was. */
const forgive = (error: unknown): void => {
  if (!(error instanceof NodeError) && !(error instanceof Error && 'code' in error)) throw error
}

/** @param given who is asked; default the running kernel */
export const beginWitness = (flags: WitnessFlags, given = liveAnswers): Witness => {
  const { machine, areSame } = watchAddresses(thisMachine(flags))
  const { answers, restart, namespaces } = watchAnswers(given)
  let session: Session | undefined
  let plans = 0
  let last: Planned | undefined
  const isEmpty = async (loaded: Loaded, planned: Ready): Promise<boolean> =>
    isRepeatable(flags) &&
    loaded.warnings.length === 0 &&
    (await isQuiet(planned, plans === 1)) &&
    (await areSame(flags.netns))
  return {
    machine,
    answers,
    watch: (watched) => {
      session = watched
      // All is asked each time, whatever was done: what was not asked would be nothing that the node has to answer again.
      const plan = async (): Promise<Planned> => {
        if (plans > 0) restart()
        plans += 1
        return (last = await watched.plan())
      }
      return { ...watched, plan }
    },
    keep: async (loaded, version) => {
      if (!session || !last?.ok || !(await isEmpty(loaded, last))) return
      try {
        const folder = await findStateDirectory(session.node)
        if (folder === undefined || !(await areClosed(session.node))) return
        const inputs = inputsOf(version, textsOf(loaded), flags)
        const flows = knownFlowsOf(last.seen.desired)
        const recorded = namespaces(session.node.path)
        await keepStanding(folder, session.owner.name, { inputs, recorded, flows })
      } catch (error) {
        forgive(error)
      }
    },
  }
}
