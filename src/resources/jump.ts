import type { Family } from '../net/addresses.ts'
import { editBuiltIn, restoreCommand } from '../iptables/restore.ts'
import type { Backend, Programs } from '../iptables/restore.ts'
import type { SavedChain } from '../iptables/save.ts'
import type { Reader } from '../kernel/reader.ts'
import { chainIdentity, rulesOf } from './chain.ts'
import { builtInOf, decides, programsOf, targetOf } from './engine.ts'
import { allTablesOf, familyWord, inBackend, ownerOfChain } from './firewall.ts'
import type { Table } from './firewall.ts'
import type { Kind, Resource, Step, World, Worlds } from './kind.ts'

/**
 * Where in a built-in chain our jumps stand: before whatever decides there, at its end, or behind the
 * jump to a chain of somebody else's ("after DOCKER-USER"), and first where there is none.
 */
export type JumpPlace = string

/** The jumps from one built-in chain to chains of one owner, in their order. */
export interface Jump extends Resource {
  readonly kind: 'jump'
  readonly family: Family
  readonly table: string
  /** The built-in chain. */
  readonly chain: string
  readonly place: JumpPlace
  readonly programs?: Programs | undefined
  /** Observed, in the backend that is not in use. */
  readonly elsewhere?: Backend | undefined
  /** Where in the chain the first of them is to stand, from 1; 0 is at its end. */
  readonly position?: number
  /** Observed: where in the chain each of them stands, from 1. */
  readonly places?: readonly number[]
}

const isFirst = (place: JumpPlace): boolean => place === 'first'

const anchorOf = (place: JumpPlace): string | undefined => /^after (\S+)$/.exec(place)?.[1]

const keyOf = ({ family, table, chain }: Pick<Jump, 'family' | 'table' | 'chain'>): string =>
  `${familyWord(family)} ${table} ${chain}`

const jumpIdentity = (jump: Jump): string => {
  const where = isFirst(jump.place) ? '' : ` ${jump.place}`
  return `jumps to NP${String(jump.mark)} in ${keyOf(jump)}${where}${inBackend(jump.elsewhere)}`
}

/** The rule of others that keeps packets from the last of ours; null: none does. */
const findObstacle = (
  all: readonly string[],
  ours: readonly string[],
  place: JumpPlace,
): string | null => {
  if (place === 'last') return null
  const anchor = anchorOf(place)
  const start = anchor === undefined ? -1 : all.findIndex((rule) => targetOf(rule) === anchor)
  const first = all.findIndex((rule) => ours.includes(rule))
  if (start > first) return all[start] ?? null
  const end = all.findLastIndex((rule) => ours.includes(rule))
  return all.slice(start + 1, end).find((rule) => decides(rule)) ?? null
}

/** Rules that stand in one built-in chain, and the places that the configuration has for ours. */
interface Site extends Omit<Table, 'chains'> {
  readonly saved: SavedChain
  readonly desired: readonly Jump[]
}

const placeOf = (rule: string, { desired }: Site): JumpPlace => {
  const to = targetOf(rule)
  const asked = desired.find((jump) => rulesOf(jump).some((one) => targetOf(one) === to))
  return asked?.place ?? 'first'
}

interface Group {
  readonly mark: number
  readonly place: JumpPlace
  readonly rules: string[]
  readonly places: number[]
}

const observeSite = (site: Site): readonly Jump[] => {
  const { saved, family, table, programs, elsewhere } = site
  const groups = new Map<string, Group>()
  saved.rules.forEach((rule, index) => {
    const mark = ownerOfChain(targetOf(rule) ?? '')
    if (mark === undefined) return
    const where = placeOf(rule, site)
    const key = `${String(mark)} ${where}`
    const group = groups.get(key) ?? { mark, place: where, rules: [], places: [] }
    groups.set(key, group)
    group.rules.push(rule)
    group.places.push(index + 1)
  })
  return [...groups.values()].map(({ mark, rules, ...group }) => ({
    kind: 'jump',
    namespace: '',
    family,
    table,
    programs,
    elsewhere,
    chain: saved.name,
    place: group.place,
    places: group.places,
    mark,
    attributes: { rules, behind: findObstacle(saved.rules, rules, group.place) },
  }))
}

const observe = async (reader: Reader, desired: readonly Jump[]): Promise<readonly Jump[]> => {
  const firewall = await reader.firewall(desired.length > 0)
  if (!firewall) return []
  return allTablesOf(firewall)
    .flatMap(({ chains, ...place }): readonly Site[] =>
      [...chains.values()]
        .filter(({ policy }) => policy !== undefined)
        .map((saved) => {
          const key = keyOf({ ...place, chain: saved.name })
          const wanted = desired.filter((jump) => keyOf(jump) === key)
          return { ...place, saved, desired: wanted }
        }),
    )
    .flatMap(observeSite)
}

/** All jumps of one owner in one chain, in their order: where others stand between them, too. */
const gather = (jump: Jump, world: World): Jump | undefined => {
  const here = (world.of('jump', '') as readonly Jump[]).filter(
    (one) =>
      keyOf(one) === keyOf(jump) && one.mark === jump.mark && one.elsewhere === jump.elsewhere,
  )
  const [first] = here
  const found = here
    .flatMap((one) => rulesOf(one).map((rule, index) => ({ rule, at: one.places?.[index] ?? 0 })))
    .sort((a, b) => a.at - b.at)
  const places = found.map(({ at }) => at)
  const attributes = { rules: found.map(({ rule }) => rule), places }
  return first && { ...first, place: 'first', places, attributes }
}

/** Others may have taken rules away since: then ours cannot stand behind as many. */
const refit = (jump: Jump, observed: World): Jump => {
  const { places, elsewhere } = jump
  if (!places || elsewhere !== undefined) return jump
  const foreign = builtInOf({ observed }, jump)?.rules.length ?? 0
  const fitting = places.map((place, index) => Math.min(place, foreign + index + 1))
  return { ...jump, places: fitting, attributes: { ...jump.attributes, places: fitting } }
}

/** What to insert: from the last to the first where each is put at one place. */
const insertions = ({ chain, place, position = 1, ...jump }: Jump): readonly string[] => {
  const rules = rulesOf(jump)
  const { places } = jump
  if (places) return rules.map((rule, index) => `I ${chain} ${String(places[index])} ${rule}`)
  if (place === 'last') return rules.map((rule) => `A ${chain} ${rule}`)
  return [...rules].reverse().map((rule) => `I ${chain} ${String(position)} ${rule}`)
}

const edit = (before: Jump | undefined, after: Jump | undefined): readonly Step[] => {
  const jump = after ?? before
  if (!jump?.programs) throw new Error('bug: a jump of no backend')
  const remove = before ? rulesOf(before) : []
  const insert = after ? insertions(after) : []
  const stdin = editBuiltIn(jump.table, jump.chain, { remove, insert })
  return [{ argv: restoreCommand(jump.family, jump.programs), stdin }]
}

/** Behind the anchor, and behind ours that stand first. */
const positionOf = (jump: Jump, worlds: Worlds): number => {
  const anchor = anchorOf(jump.place)
  if (anchor === undefined) return 1
  const foreign = builtInOf(worlds, jump)?.rules ?? []
  const at = foreign.findIndex((rule) => targetOf(rule) === anchor)
  if (at < 0) return 1
  const key = jumpIdentity({ ...jump, place: 'first' })
  const first = worlds.desired.find(key) ?? worlds.observed.find(key)
  return at + 2 + (first ? rulesOf(first).length : 0)
}

/**
 * Jumps to our chains. All of one place are one object, since their order matters: where anything is
 * wrong with it, all are taken out and put in again, in one transaction.
 */
export const jumpKind: Kind<Jump> = {
  name: 'jump',
  identity: jumpIdentity,
  title: ({ table, chain, family, place, elsewhere }) =>
    `jumps in ${table} ${chain}${isFirst(place) ? '' : `, ${place}`}` +
    (family === 'inet6' ? ' (IPv6)' : '') +
    inBackend(elsewhere),
  observe,
  owner: (jump, owner) => (jump.mark === owner.id ? 'ours' : 'foreign'),
  resolve: (jump, observed, worlds) => ({
    ...jump,
    programs: observed?.programs ?? programsOf(worlds),
    position: positionOf(jump, worlds),
  }),
  requires: (jump) => [
    ...rulesOf(jump).map(
      (rule) =>
        chainIdentity(jump.family, jump.table, targetOf(rule) ?? '') + inBackend(jump.elsewhere),
    ),
    jumpIdentity({ ...jump, place: 'first' }),
  ],
  whole: (jump, world) => ({
    identity: jumpIdentity({ ...jump, place: 'first' }),
    all: gather(jump, world),
  }),
  refit,
  steps: (change) => {
    if (change.action === 'delete') return edit(change.before, undefined)
    return edit(change.action === 'update' ? change.before : undefined, change.after)
  },
}
