import type { Expansion } from '../expand/index.ts'
import type { ProbeResult, WorkerProbe } from '../probes/probe.ts'
import { diagnoseProbe } from '../probes/regressions.ts'
import { addressesOf, outcomeOf, outcomeOfOmitted, splitChecks } from '../rehearsal/checks.ts'
import type { Deaf, Outcome, Scene, Trial } from '../rehearsal/checks.ts'
import { meetingOf, meshOf } from '../rehearsal/mesh.ts'
import { silence } from '../rehearsal/script.ts'
import type { Meet, Meeting } from '../rehearsal/script.ts'
import { endsOf, placeTargets, targetOf, terrainOf } from '../rehearsal/targets.ts'
import type { Target, Terrain } from '../rehearsal/targets.ts'
import { makeChecks } from './probing.ts'
import type { Patience } from './probing.ts'
import { add } from './rehearsal-draft.ts'
import type { Draft } from './rehearsal-draft.ts'
import { withResponders } from './responding.ts'
import type { Session } from './session.ts'
import type { Observation } from './observing.ts'

/** A copy in which checks are made. */
export interface Stage {
  readonly session: Session
  readonly expansion: Expansion
  readonly draft: Draft
  /** The networks of all pods of its fleet. */
  readonly podCIDRs: readonly string[]
  /** The addresses of all nodes of its fleet. */
  readonly nodes: readonly string[]
  /** As it was at first. */
  readonly before: Observation
}

const silent = { update: () => undefined, end: () => undefined }

/** What was just made may take a while to work, as after any apply. */
const patient: Patience = { patienceSeconds: 10, isAwaited: () => true }

const readTerrain = async ({ session, nodes }: Stage): Promise<Terrain> => {
  const { observed, reader } = await session.observe()
  return terrainOf(observed, await reader.firewall(false), nodes)
}

const targetsOf = ({ probes }: Expansion): readonly Target[] =>
  probes.filter((probe): probe is WorkerProbe => probe.kind !== 'ping').map(targetOf)

/** A check that was made, and what is to be said of it. */
interface Made {
  readonly result: ProbeResult
  readonly outcome: Outcome
}

const makeTrials = async (
  { session, expansion }: Stage,
  trials: readonly Trial[],
  patience: Patience,
): Promise<readonly Made[]> => {
  const probes = trials.map(({ probe }) => probe)
  const wish = { ...expansion, probes }
  const results = await makeChecks(session.node, wish, patience, silent)
  return results.flatMap((result, index): readonly Made[] => {
    const trial = trials[index]
    if (!trial) return []
    const outcome = outcomeOf(result, trial)
    return [{ outcome, result: { ...result, detail: outcome.detail } }]
  })
}

interface Tried {
  readonly made: readonly Made[]
  readonly omitted: readonly Outcome[]
}

/**
 * Makes the checks that can be made, among stand-ins that listen.
 *
 * @param patience undefined: none is made, and it is said which could not be
 */
const tryAmong = async (
  stage: Stage,
  scene: Scene,
  patience: Patience | undefined,
): Promise<Tried> => {
  const { trials, omitted } = splitChecks(stage.expansion.probes, scene)
  const made = patience ? await makeTrials(stage, trials, patience) : []
  return { made, omitted: omitted.map(outcomeOfOmitted) }
}

/** The same in a copy that is by itself. */
const tryAlone = async (stage: Stage, patience: Patience | undefined): Promise<Tried> => {
  const terrain = await readTerrain(stage)
  const { observed, desired } = stage.before
  const addresses = new Set([...addressesOf([...observed, ...desired]), ...terrain.places.keys()])
  const targets = patience ? targetsOf(stage.expansion) : []
  const placed = placeTargets(
    targets.flatMap((target) => endsOf(target, terrain)),
    terrain,
  )
  return withResponders(placed, stage.session.netnsOf, (deaf) =>
    tryAmong(stage, { terrain, addresses, deaf }, patience),
  )
}

/** Makes the checks of which something can be told now, before or after an apply. */
export const tryHere = async (
  stage: Stage,
  patience: Patience,
): Promise<readonly ProbeResult[]> => {
  const { made } = await tryAlone(stage, patience)
  return made.flatMap(({ result, outcome }) => (outcome.status === 'skipped' ? [] : [result]))
}

const note = ({ draft }: Stage, { made, omitted }: Tried): void => {
  const failed = made
    .filter(({ outcome }) => outcome.status === 'failed')
    .map(({ result }) => diagnoseProbe(result, 'warning'))
  const { checks, diagnostics } = draft.report
  add(draft, {
    checks: [...checks, ...omitted, ...made.map(({ outcome }) => outcome)],
    diagnostics: [...diagnostics, ...failed],
  })
}

const isEmpty = ({ probes }: Expansion): boolean => probes.length === 0

const checkHere = async (stage: Stage, isDone: boolean): Promise<void> => {
  if (isEmpty(stage.expansion)) return
  if (isDone) note(stage, await stage.draft.time('checks', () => tryAlone(stage, patient)))
  else note(stage, await tryAlone(stage, undefined))
}

/** What a node says to the others when it is applied to. */
const introduce = async (
  { session, podCIDRs, expansion }: Stage,
  terrain: Terrain,
): Promise<Meeting> => {
  const { observed, desired } = await session.observe()
  const targets = targetsOf(expansion)
  const ends = targets.flatMap((target) => endsOf(target, terrain))
  return { ...silence, ...meetingOf(observed, desired, podCIDRs), targets, ends }
}

/** Where this node is to listen for all of them: node ports are led on by the rules of who is asked. */
const listeningFor = (all: Meeting, terrain: Terrain): ReadonlyMap<string, readonly Target[]> => {
  const here = all.targets.filter(({ address }) => terrain.places.has(address))
  const led = here.flatMap((target) => endsOf(target, terrain, true))
  return placeTargets([...all.ends, ...led], terrain)
}

/** Waits for the other nodes, and makes the checks when all listen; until all have made theirs, nobody goes. */
const checkTogether = async (stage: Stage, meet: Meet, isDone: boolean): Promise<void> => {
  const { session, expansion, draft } = stage
  const terrain = await readTerrain(stage)
  const own = await introduce(stage, terrain)
  const all = await meet(own)
  const check = async (deaf: readonly Deaf[]): Promise<void> => {
    const pods = all.pods.map(({ address }) => address)
    const scene: Scene = { terrain, addresses: new Set([...all.addresses, ...pods]), deaf }
    const probes = [...expansion.probes, ...meshOf(own.pods, all.pods)]
    const among: Stage = { ...stage, expansion: { ...expansion, probes } }
    if (isDone) note(stage, await draft.time('checks', () => tryAmong(among, scene, patient)))
    else note(stage, await tryAmong(stage, scene, undefined))
  }
  await withResponders(listeningFor(all, terrain), session.netnsOf, async (deaf) => {
    const heard = await meet({ ...silence, deaf })
    await check(heard.deaf)
    await meet(silence)
  })
}

/**
 * Makes the checks in the end.
 *
 * @param meet waits for the other nodes of its fleet
 * @param isDone whether the apply ended well: else there is nothing to look at
 */
export const checkInCopy = (
  stage: Stage,
  meet: Meet | undefined,
  isDone: boolean,
): Promise<void> => (meet ? checkTogether(stage, meet, isDone) : checkHere(stage, isDone))
