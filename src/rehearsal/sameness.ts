import type { Plan } from '../plan/plan.ts'
import type { Address } from '../resources/address.ts'
import type { Engine } from '../resources/engine.ts'
import type { Kind, Resource } from '../resources/kind.ts'
import type { Rule } from '../resources/rule/rule.ts'

/** Differences that are shown; more say no more. */
const most = 20

const limit = (lines: readonly string[]): readonly string[] =>
  lines.length <= most
    ? lines
    : [...lines.slice(0, most), `and ${String(lines.length - most)} more`]

const stepsOf = ({ steps }: Plan): readonly string[] =>
  steps.map(({ step }) => {
    const where = step.namespace === undefined ? '' : `in ${step.namespace}: `
    return `${where}${step.argv.join(' ')}${step.stdin === undefined ? '' : `\n${step.stdin}`}`
  })

/** Where the plan for the copy is not the one for the node, to the byte; empty: nowhere. */
export const comparePlans = (node: Plan, copy: Plan): readonly string[] => {
  const [expected, found] = [stepsOf(node), stepsOf(copy)]
  if (JSON.stringify(expected) === JSON.stringify(found)) return []
  const [inNode, inCopy] = [new Set(expected), new Set(found)]
  const differences = [
    ...expected.filter((step) => !inCopy.has(step)).map((step) => `for the node alone: ${step}`),
    ...found.filter((step) => !inNode.has(step)).map((step) => `for the copy alone: ${step}`),
  ]
  return differences.length > 0 ? limit(differences) : ['the same steps come in another order']
}

/** Numbers that the kernel gives anew, and what it is still trying. */
const passing: ReadonlySet<string> = new Set([
  ...['index', 'inode', 'born', 'tentative', 'earlier', 'learned', 'empty', 'bare', 'holdsOurs'],
])

interface Made {
  readonly learned?: boolean
  readonly automatic?: boolean
  readonly to?: string
}

/** What comes and goes with packets, and what the kernel gives each device that is up, in whatever order. */
const isPassing = (one: Resource): boolean => {
  const { learned = false, automatic = false, to = '' } = one as Made
  return one.kind === 'flow' || learned || automatic || to.startsWith('fe80:')
}

const sortKeys = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

/** A table that rules were once in stays, and says nothing. */
const withoutEmpty = (chains: Engine['builtIns']): Engine['builtIns'] =>
  Object.fromEntries(
    Object.entries(chains).filter(
      ([, { policy, rules }]) => policy !== 'ACCEPT' || rules.length > 0,
    ),
  )

/** An address of IPv6 that is put back is used at once, by routes that are put back with it. */
const withoutNodad = (details: readonly string[]): readonly string[] =>
  details.filter((one) => one !== 'nodad')

const normalize = (resource: Resource): Resource => {
  // Which of two that only their protocols tell apart comes first is all the same.
  if (resource.kind === 'rule') return { ...resource, twin: resource.mark } as Rule
  if (resource.kind === 'iptables')
    return { ...resource, builtIns: withoutEmpty((resource as Engine).builtIns) } as Engine
  if (resource.kind === 'address')
    return { ...resource, details: withoutNodad((resource as Address).details ?? []) } as Address
  return resource
}

/** The parts of an object as text; the order of keys is that of devices, which come back in another one. */
const partsOf = (resource: Resource): ReadonlyMap<string, string> => {
  const { attributes, ...rest } = resource
  return new Map(
    Object.entries({ ...rest, ...attributes })
      .filter(([key]) => !passing.has(key))
      .map(([key, value]) => [key, JSON.stringify(value, (_, inner: unknown) => sortKeys(inner))]),
  )
}

type Parts = ReadonlyMap<string, string>

const describe = (
  kinds: readonly Kind[],
  resources: readonly Resource[],
): ReadonlyMap<string, Parts> =>
  new Map(
    resources
      .filter((one) => !isPassing(one))
      .map(normalize)
      .map((one) => {
        const kind = kinds.find(({ name }) => name === one.kind)
        return [kind?.identity(one) ?? one.kind, partsOf(one)]
      }),
  )

const compareParts = (identity: string, was: Parts, is: Parts): readonly string[] =>
  [...new Set([...was.keys(), ...is.keys()])]
    .filter((key) => was.get(key) !== is.get(key))
    .map(
      (key) =>
        `${identity}: ${key} was ${was.get(key) ?? 'unset'} and is ${is.get(key) ?? 'unset'}`,
    )

/** What is not as it was. */
export const compareStates = (
  kinds: readonly Kind[],
  before: readonly Resource[],
  after: readonly Resource[],
): readonly string[] => {
  const [was, is] = [describe(kinds, before), describe(kinds, after)]
  return limit([
    ...[...was].filter(([key]) => !is.has(key)).map(([key]) => `${key} is gone`),
    ...[...is].filter(([key]) => !was.has(key)).map(([key]) => `${key} is left`),
    ...[...is].flatMap(([key, parts]) => compareParts(key, was.get(key) ?? parts, parts)),
  ])
}
