import type { Reader } from '../kernel/reader.ts'
import type { Records } from '../kernel/records.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Resource } from '../resources/kind.ts'
import type { Namespace } from '../resources/namespace.ts'
import { ruleKind } from '../resources/rule.ts'
import type { Rule } from '../resources/rule/rule.ts'
import type { Observation } from './observing.ts'

const isIpv6Rule = (resource: Resource): resource is Rule =>
  resource.kind === 'rule' && (resource as Rule).family === 'inet6'

const isManaged = (resource: Resource): resource is Namespace =>
  resource.kind === 'namespace' && (resource as Namespace).managed

/**
 * Where there can be IPv6 policy rules of an owner from now on: where it wants some, and where it had some, which is not
 * forgotten as long as the namespace is there. Where nobody looked, nobody knows: there may be some of old.
 *
 * @param known the owner's notes so far
 * @param seen what was looked at last; undefined: nothing
 */
export const ipv6RulesOf = (
  known: Records | undefined,
  seen: Observation | undefined,
): Records['ipv6Rules'] => {
  if (!seen) return known?.ipv6Rules
  const { reader, observed, desired, owner } = seen
  const noted = (known?.ownerId === owner.id ? known.ipv6Rules : undefined) ?? {}
  const had = observed.filter((one) => isIpv6Rule(one) && one.mark === owner.id)
  const can = new Set([...had, ...desired.filter(isIpv6Rule)].map(({ namespace }) => namespace))
  // What is made is empty.
  const made = desired.filter(isManaged).map(({ name }) => name)
  const names = [...new Set([...reader.namespaces, ...made])].sort()
  const wasAsked = (name: string): boolean => reader.ipv6Rules?.[name] !== false
  return Object.fromEntries(
    names
      .filter((name) => noted[name] !== undefined || can.has(name) || wasAsked(name))
      .map((name) => [name, noted[name] === true || can.has(name)]),
  )
}

/** How many of them are not the kernel's own. */
const countMade = (all: readonly Resource[], owner: Owner): number =>
  all.filter((one) => one.kind === 'rule' && ruleKind.owner(one as Rule, owner) !== 'kernel').length

/**
 * The same node with the IPv6 policy rules of all its namespaces: what is changed has to know what goes along with it,
 * and what is not changed has not.
 *
 * @returns the same observation where there are none but the kernel's
 */
export const withAllRules = async (seen: Observation): Promise<Observation> => {
  const { reader, observed, desired, owner } = seen
  if (reader.ipv6Rules === undefined) return seen
  const whole: Reader = { ...reader, ipv6Rules: undefined }
  const wanted = desired.filter((one): one is Rule => one.kind === 'rule')
  const rules = await ruleKind.observe(whole, wanted)
  if (countMade(rules, owner) === countMade(observed, owner)) return seen
  // In the order in which kinds are read.
  const all = kinds.flatMap(({ name }): readonly Resource[] =>
    name === ruleKind.name ? rules : observed.filter(({ kind }) => kind === name),
  )
  return { ...seen, reader: whole, observed: all }
}
