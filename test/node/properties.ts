import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { expand } from '../../src/expand/index.ts'
import { loadConfig } from '../../src/config/load.ts'
import { compare } from '../../src/plan/decide.ts'
import { kindOf, makeRegistry, makeWorld } from '../../src/plan/world.ts'
import type { PlanResult } from '../../src/plan/plan.ts'
import { planDocument } from '../../src/present/document.ts'
import { kinds } from '../../src/resources/index.ts'
import type { Resource } from '../../src/resources/kind.ts'
import { blowsAt } from './drift.ts'
import type { Blow } from './drift.ts'
import { createNode, describeProblems, failureOf } from './harness.ts'
import type { Done, TestNode } from './harness.ts'
import { snapshot, snapshotOf } from './snapshot.ts'
import { topologies, toYaml } from './topologies.ts'
import type { Topology } from './topologies.ts'

const registry = makeRegistry(kinds)

const identityOf = (resource: Resource): string => kindOf(registry, resource).identity(resource)

/** What others have on the node: nothing of it may change, whatever we do. */
export const addForeign = (node: TestNode): void => {
  node.ip('link add name eth0 type veth peer name far0')
  const lines = [
    'link set dev eth0 up',
    'link set dev far0 up',
    'address add 172.18.0.1/24 dev eth0',
    'address add fd18::1/64 dev eth0 nodad',
    'link add name cni0 type bridge',
    'link set dev cni0 up',
    'address add 10.244.0.1/24 dev cni0',
    'route add 10.245.0.0/24 via 10.244.0.9 proto bird',
    'route add blackhole 10.246.0.0/24 table 100 proto static',
    'rule add priority 1500 from 10.244.0.0/24 table 77',
    'neighbour add 10.244.0.7 lladdr 02:00:00:00:0f:07 dev cni0 nud permanent',
  ]
  node.ip(lines.join('\n'))
}

const expandText = async (yaml: string): Promise<readonly Resource[]> => {
  const result = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(yaml) })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return expand(result.source.config, result.source.locate).resources
}

const assertDone = (what: string, done: Done): void => {
  const failure = failureOf(done)
  if (failure !== undefined) throw new Error(`${what}: ${failure}`)
}

export const assertSame = (
  what: string,
  before: readonly string[],
  after: readonly string[],
): void => {
  const gone = before.filter((line) => !after.includes(line))
  const come = after.filter((line) => !before.includes(line))
  if (gone.length + come.length > 0) {
    throw new Error(`${what}:\n- ${gone.join('\n- ')}\n+ ${come.join('\n+ ')}`)
  }
}

const marks = /"group":"18528(33|34)\d+"|"protocol":"1[0-7]\d"/

/** The lines of what is not ours: of devices, routes, rules and neighbours that carry no mark of ours. */
const foreignLines = (node: TestNode): string[] =>
  snapshotOf(node.name)
    // Whether every device forwards is what `ip_forward` sets: that is asked for.
    .filter(
      (line) =>
        line.startsWith('{') &&
        !marks.test(line) &&
        /eth0|far0|cni0|10\.24[0-9]|32766|32767|bird/.test(line),
    )
    .filter((line) => !line.includes('"ifname":"vx'))

const documentOf = (result: PlanResult): string => {
  if (!result.ok) throw new Error(`no plan: ${describeProblems(result)}`)
  const { plan, warnings } = result
  return JSON.stringify([planDocument(plan, 'node'), plan.steps, warnings], null, 1)
}

type Documents = readonly [first: string, second: string, elsewhere: string]

/**
 * Plans of one node, made one after the other. Duplicate address detection may end between two of them, which is
 * another node: then all are made again.
 */
const planThrice = async (node: TestNode, yaml: string, tries = 3): Promise<Documents> => {
  const first = documentOf(await node.tryPlan(yaml))
  const second = documentOf(await node.tryPlan(yaml))
  const elsewhere = documentOf(await node.planElsewhere(yaml))
  if (tries === 1 || (first === second && first === elsewhere)) return [first, second, elsewhere]
  await sleep(1000)
  return planThrice(node, yaml, tries - 1)
}

/** P1, P2, P3, P4, P7: from whatever the node has to what the file says. */
const applyAndVerify = async (node: TestNode, yaml: string): Promise<void> => {
  const foreign = foreignLines(node)
  const before = snapshot(node.name)
  const [first, second, elsewhere] = await planThrice(node, yaml)
  assertSame('P1: plan changed the node', before, snapshot(node.name))
  for (const [what, other] of [
    ['P7: two plans of the same node', second],
    ['P7: the plans of a node and of its snapshot', elsewhere],
  ] as const) {
    assertSame(`${what} differ`, first.split('\n'), other.split('\n'))
    if (first !== other) throw new Error(`${what} differ in their order`)
  }
  assertDone('P2: apply', await node.apply(yaml))
  const again = await node.apply(yaml)
  if (again.plan.changes.length > 0 || again.writes > 0) {
    throw new Error(`P2/P3: not empty: ${again.plan.changes.map(({ title }) => title).join(', ')}`)
  }
  assertSame('P4: what is not ours changed', foreign, foreignLines(node))
}

const lookAt = async (node: TestNode, yaml: string): Promise<readonly Resource[]> =>
  (await (await node.open(yaml)).observe()).observed

/** The desired objects that are no longer as they were, told by the observations alone. */
const brokenNow = async (
  node: TestNode,
  yaml: string,
  desired: readonly Resource[],
  healthy: readonly Resource[],
): Promise<ReadonlySet<string>> => {
  const then = makeWorld(registry, healthy)
  const now = makeWorld(registry, await lookAt(node, yaml))
  const broken = desired.filter((resource) => {
    const identity = identityOf(resource)
    const [was, is] = [then.find(identity), now.find(identity)]
    if (!was || !is) return true
    const declared = Object.keys(resource.attributes).filter(
      (name) => resource.attributes[name] !== undefined,
    )
    const pick = (one: Resource): Resource => ({
      ...one,
      attributes: Object.fromEntries(declared.map((name) => [name, one.attributes[name]])),
    })
    const kind = kindOf(registry, resource)
    const marked = kind.marked !== true || was.mark === is.mark
    return !marked || compare(kind, pick(was), pick(is)).length > 0
  })
  return new Set(broken.map(identityOf))
}

const strike = (node: TestNode, { namespace, argv }: Blow): boolean => {
  try {
    node.exec(argv, namespace === '' ? undefined : namespace)
    return true
  } catch {
    // An earlier blow has taken it along.
    return false
  }
}

/** Drift: one to five hand-made changes are named, and nothing beside what they reach; then healed. */
const driftAndHeal = async (
  node: TestNode,
  yaml: string,
  picks: readonly number[],
): Promise<void> => {
  const desired = await expandText(yaml)
  const blows = desired.flatMap((resource) => blowsAt(resource, identityOf(resource)))
  if (blows.length === 0) return
  const healthy = await lookAt(node, yaml)
  const chosen = picks.map((pick) => blows[pick % blows.length]).filter((one) => one !== undefined)
  const struck = chosen.filter((one) => strike(node, one))
  const broken = await brokenNow(node, yaml, desired, healthy)
  const plan = await node.plan(yaml)
  const named = new Set(plan.changes.map(({ identity }) => identity))
  const story = struck.map(({ argv }) => argv.join(' ')).join('; ')
  for (const identity of broken) {
    if (!named.has(identity)) throw new Error(`drift not named: ${identity} after ${story}`)
  }
  // A replacement names what hangs on it, too.
  const carried = plan.changes.filter(({ reason }) => reason?.includes(' with ') === true)
  const extra = plan.changes.filter(
    (change) =>
      !broken.has(change.identity) &&
      !carried.includes(change) &&
      !isUnwanted(change.identity, desired),
  )
  if (extra.length > 0) {
    throw new Error(
      `named without need: ${extra.map(({ title }) => title).join(', ')} after ${story}`,
    )
  }
  assertDone(`heal after ${story}`, await node.apply(yaml))
}

const isUnwanted = (identity: string, desired: readonly Resource[]): boolean =>
  !desired.some((resource) => identityOf(resource) === identity)

interface Run {
  readonly first: Topology
  readonly second: Topology
  readonly picks: readonly number[]
}

const runs: fc.Arbitrary<Run> = fc.record({
  first: topologies,
  second: topologies,
  picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }),
})

const check = async ({ first, second, picks }: Run): Promise<void> => {
  const node = createNode()
  try {
    addForeign(node)
    const initial = snapshot(node.name)
    const [a, b] = [toYaml(first, node.name), toYaml(second, node.name)]
    await applyAndVerify(node, a)
    await driftAndHeal(node, a, picks)
    await applyAndVerify(node, b)
    assertDone('P5: destroy', await node.destroy(b))
    assertSame('P5: destroy did not give back the node', initial, snapshot(node.name))
  } finally {
    node.remove()
  }
}

/** Runs the properties; a failure shows the seed and the smallest topology that still fails. */
export const checkProperties = async (t: ExecutionContext, count: number): Promise<void> => {
  const seed = Number(process.env['NETPLAN_SEED'] ?? Date.now() % 0x7fffffff)
  t.log(`seed ${String(seed)}, ${String(count)} runs of two topologies each`)
  const wanted = Number(process.env['NETPLAN_RUNS'] ?? count)
  const result = await fc.check(fc.asyncProperty(runs, check), {
    seed,
    numRuns: wanted,
    interruptAfterTimeLimit: 280_000,
    markInterruptAsFailure: false,
    ...(process.env['NETPLAN_PATH'] === undefined ? {} : { path: process.env['NETPLAN_PATH'] }),
  })
  t.log(`${String(result.numRuns)} runs were made`)
  if (result.failed) t.fail(`${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`)
  // Fewer runs, for want of time, would prove less than the name says.
  else t.is(result.numRuns, wanted)
}
