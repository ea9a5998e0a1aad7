import { withoutLength } from '../net/addresses.ts'
import { formatSocket } from '../net/sockets.ts'
import type { PingProbe, Probe, ProbeResult, WorkerProbe } from '../probes/probe.ts'
import type { Resource } from '../resources/kind.ts'
import type { Address } from '../resources/address.ts'
import { isLoopback, isSame, keyOf, leadsOf, targetOf } from './targets.ts'
import type { Target, Terrain } from './targets.ts'

/** Addresses, without their lengths. */
export const addressesOf = (resources: readonly Resource[]): readonly string[] =>
  resources.flatMap((one) =>
    one.kind === 'address' ? [withoutLength((one as Address).address)] : [],
  )

/** A target at which nobody can listen. */
export interface Deaf {
  readonly target: Target
  readonly why: string
}

/** What of a copy says whether a check can be made in it. */
export interface Scene {
  readonly terrain: Terrain
  /** Addresses that are there, or are to be: on all nodes of a fleet. */
  readonly addresses: ReadonlySet<string>
  readonly deaf: readonly Deaf[]
}

/** A check as it can be made in a copy. */
export interface Trial {
  readonly probe: Probe
  /** What only the true program can say, and is not asked for: `status`, `body`. */
  readonly unseen: readonly string[]
  /** Where stand-ins answer; empty: the kernel does. */
  readonly ends: readonly Target[]
}

/** A check that cannot be made, and why. */
export interface Omitted {
  readonly probe: Probe
  readonly why: string
}

const outside = (address: string): string => `${address} is outside of the copy`

/** The words of a check that are there. */
const given = (found: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(found).flatMap(([key, value]) => (value === undefined ? [] : [key]))

/** A check of nothing but the way to the program. */
const pathOf = (probe: WorkerProbe): Pick<Trial, 'probe' | 'unseen'> => {
  switch (probe.kind) {
    case 'tcp':
      return { probe, unseen: [] }
    case 'udp': {
      const { reply } = probe
      return { probe: { ...probe, reply: undefined }, unseen: given({ reply }) }
    }
    case 'dns': {
      const { answers } = probe
      return { probe: { ...probe, answers: undefined }, unseen: given({ answers }) }
    }
    case 'http': {
      const { status, body, url, ...rest } = probe
      const unseen = given({ status, body })
      // Nobody has a certificate there: a connection has to do.
      if (url.startsWith('https:'))
        return { probe: { ...rest, kind: 'tcp' }, unseen: ['https', ...unseen] }
      return { probe: { ...probe, status: undefined, body: undefined }, unseen }
    }
  }
}

const tryPing = (probe: PingProbe, { addresses }: Scene): Trial | Omitted =>
  addresses.has(probe.address)
    ? { probe, unseen: [], ends: [] }
    : { probe, why: outside(probe.address) }

const tryPath = (probe: WorkerProbe, { terrain, addresses, deaf }: Scene): Trial | Omitted => {
  const target = targetOf(probe)
  const leads = leadsOf(target, terrain)
  const unclear = leads.find((one) => typeof one === 'string')
  if (unclear !== undefined) return { probe, why: `a rule leads it to ${unclear}` }
  const all = leads.flatMap((one) => (typeof one === 'string' ? [] : [{ ...target, ...one }]))
  const translated = all.filter((one) => !isSame(one, target))
  const isThere = ({ address }: Target): boolean => isLoopback(address) || addresses.has(address)
  // What rules do not lead on, they refuse: at an address of a service alone there is nobody.
  const ends =
    translated.length === 0
      ? [target]
      : all.filter((one) => isThere(one) || translated.includes(one))
  const lost = ends.find((one) => !isThere(one))
  if (lost) return { probe, why: outside(lost.address) }
  const keys = new Set(ends.map(keyOf))
  const silent = deaf.find((one) => keys.has(keyOf(one.target)))
  if (!silent) return { ...pathOf(probe), ends }
  return { probe, why: `nobody can listen at ${formatSocket(silent.target)}: ${silent.why}` }
}

const isTrial = (one: Trial | Omitted): one is Trial => 'ends' in one

const isOmitted = (one: Trial | Omitted): one is Omitted => !isTrial(one)

/** The checks that can be made in a copy, and why the others cannot. */
export const splitChecks = (
  probes: readonly Probe[],
  scene: Scene,
): { readonly trials: readonly Trial[]; readonly omitted: readonly Omitted[] } => {
  const all = probes.map((probe) =>
    probe.kind === 'ping' ? tryPing(probe, scene) : tryPath(probe, scene),
  )
  return { trials: all.filter(isTrial), omitted: all.filter(isOmitted) }
}

/** What became of a check in a copy. */
export interface Outcome {
  readonly name: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly detail: string
  /** Whether a stand-in answers in the place of a program: it is the way there that was tried. */
  readonly standIn: boolean
}

const mostEnds = 3

const listText = (ends: readonly Target[]): string => {
  const more = ends.length - mostEnds
  const shown = ends.slice(0, mostEnds).map(formatSocket).join(', ')
  return more > 0 ? `${shown} and ${String(more)} more` : shown
}

const joinAnd = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`

/** Whether only the true program can say how a check ends: it must not work, and the way to it is open. */
const isUnknown = ({ ok, probe }: ProbeResult, { unseen }: Trial): boolean =>
  !ok && probe.expect === 'failure' && unseen.length > 0

/** What is to be said of a check that a stand-in answered for, or would have. */
export const outcomeOf = (result: ProbeResult, trial: Trial): Outcome => {
  const { probe, ok, detail } = result
  const { ends, unseen } = trial
  const { name } = probe
  if (ends.length === 0) return { name, status: ok ? 'passed' : 'failed', detail, standIn: false }
  const only = `only the path was rehearsed, not ${joinAnd(unseen)}`
  if (isUnknown(result, trial)) return { name, status: 'skipped', detail: only, standIn: true }
  if (ok && probe.expect === 'success') {
    const answered = 'a stand-in answered'
    const text = unseen.length === 0 ? answered : `${answered}: ${only}`
    return { name, status: 'passed', detail: text, standIn: true }
  }
  const listening = `a stand-in listens at ${listText(ends)}`
  return {
    name,
    status: ok ? 'passed' : 'failed',
    detail: `${detail} (${listening})`,
    standIn: true,
  }
}

export const outcomeOfOmitted = ({ probe: { name }, why }: Omitted): Outcome => ({
  name,
  status: 'skipped',
  detail: why,
  standIn: false,
})
