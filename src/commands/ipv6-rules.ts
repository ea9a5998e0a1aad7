import type { Reader } from '../kernel/reader.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Resource } from '../resources/kind.ts'
import { ruleKind } from '../resources/rule.ts'
import type { Rule } from '../resources/rule/rule.ts'
import type { Observation } from './observing.ts'

const isIpv6Rule = (resource: Resource): resource is Rule =>
  resource.kind === 'rule' && (resource as Rule).family === 'inet6'

/**
 * The namespaces in which there can be IPv6 policy rules of an owner from now on: those in which it wants some, and
 * those in which it had some. None of them is forgotten as long as the owner has notes.
 *
 * @param noted what was known so far; undefined: nothing
 * @param seen what was looked at last; undefined: nothing
 * @returns undefined where nobody knows still
 */
export const ipv6RulesOf = (
  noted: readonly string[] | undefined,
  seen: Observation | undefined,
): readonly string[] | undefined => {
  const isWhole = seen?.reader.ipv6Rules === undefined
  if (!seen || (noted === undefined && !isWhole)) return noted
  const { observed, desired, owner } = seen
  const had = observed.filter((one) => isIpv6Rule(one) && one.mark === owner.id)
  const all = [...had, ...desired.filter(isIpv6Rule)].map(({ namespace }) => namespace)
  return [...new Set([...(noted ?? []), ...all])].sort()
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
