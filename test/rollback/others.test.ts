import test from 'ava'
import type { Plan } from '../../src/plan/plan.ts'
import { kindOf, makeRegistry } from '../../src/plan/world.ts'
import { kinds } from '../../src/resources/index.ts'
import type { Resource } from '../../src/resources/kind.ts'
import { blowsAt } from '../node/drift.ts'
import { describeProblems } from '../node/harness.ts'
import { isFull, pick, report, someOf, upTo } from './extent.ts'
import { passages } from './plans.ts'
import type { Passage } from './plans.ts'
import { attempt, newTally, stagesOf } from './points.ts'
import type { Stage } from './stage.ts'
import { describeBack, tryApply, tryRollBack } from './trial.ts'
import type { Trial } from './trial.ts'

// Somebody else changes the node while an apply is at work.

const names = [
  'a new node',
  'a node that changes',
  'namespaces that are made, with everything',
  'routes of every form',
  'IPv6, all of it',
  'nft: services that are new',
  'legacy: services that are new',
  'a bridge of others, with ports, addresses and routes',
]

/** What somebody does; `keeps` shows, by succeeding, that what was made by it is still there. */
interface Deed {
  readonly what: string
  readonly namespace: string
  readonly script: string
  readonly keeps?: string
}

const registry = makeRegistry(kinds)

/** Somebody makes, under a name that the plan is about to use, a thing of their own. */
const squat = (resource: Resource): readonly Deed[] => {
  const { namespace } = resource
  const { name, to, table, type } = resource as unknown as Record<string, string>
  if (resource.kind === 'link' && ['bridge', 'vxlan', 'veth'].includes(type ?? ''))
    return [
      {
        what: `makes a device ${name}`,
        namespace,
        script: `ip link add name ${name} type bridge ageing_time 4200`,
        keeps: `ip -d link show dev ${name} | grep -q 'ageing_time 4200'`,
      },
    ]
  if (resource.kind === 'route' && to?.includes(':') === false)
    return [
      {
        what: `makes a route to ${to}`,
        namespace,
        script: `ip route add unreachable ${to} table ${table} proto 3 metric 4321`,
        keeps: `ip route show table ${table} type unreachable ${to} | grep -q 'metric 4321'`,
      },
      {
        what: `takes the place of the route to ${to}`,
        namespace,
        script: `ip route replace unreachable ${to} table ${table} proto 3`,
      },
    ]
  return []
}

const firewall = (program: string): readonly Deed[] =>
  ['filter', 'nat'].flatMap((table) => [
    { what: `flushes ${table}`, namespace: '', script: `${program} -w 5 -t ${table} -F` },
    {
      what: `puts rules of their own into ${table}`,
      namespace: '',
      script: `${program} -w 5 -t ${table} -I OUTPUT -s 192.0.2.99 -j ACCEPT`,
      keeps: `${program} -w 5 -t ${table} -C OUTPUT -s 192.0.2.99 -j ACCEPT`,
    },
    {
      what: `deletes chains of ${table}`,
      namespace: '',
      script: `for c in $(${program}-save -t ${table} | sed -n 's/^:\\(NP[^ ]*\\) .*/\\1/p'); do ${program} -w 5 -t ${table} -F $c; ${program} -w 5 -t ${table} -X $c || :; done`,
    },
  ])

/** What somebody puts into a namespace that the plan makes goes with it. */
const goesAlong = ({ namespace }: Resource, { changes }: Plan): boolean =>
  changes.some(
    ({ action, identity }) => action === 'create' && identity === `namespace ${namespace}`,
  )

/** All that somebody may do to what a plan touches. */
const deedsOf = (plan: Plan, { iptables }: Passage): readonly Deed[] => [
  ...plan.changes.flatMap(({ before, after, action }) => {
    const resource = after ?? before
    if (!resource) return []
    const identity = kindOf(registry, resource).identity(resource)
    const blows = blowsAt(resource, identity).map(({ namespace, argv }) => ({
      what: argv.join(' '),
      namespace,
      script: argv.join(' '),
    }))
    const squats = action === 'create' && !goesAlong(resource, plan)
    return [...blows, ...(squats ? squat(resource) : [])]
  }),
  ...(iptables === undefined ? [] : firewall(`iptables-${iptables}`)),
]

/** Whether it succeeds: what it is about may not be there yet, or no more. */
const does = ({ node }: Stage, namespace: string, script: string): boolean => {
  try {
    node.exec(['sh', '-ec', script], namespace === '' ? undefined : namespace)
    return true
  } catch {
    return false
  }
}

/** It was done, or undone, or the list says what is left. */
const isTruthful = async (stage: Stage, { applied }: Trial): Promise<string | undefined> => {
  if (applied === 'killed' || applied.outcome === 'done') return undefined
  const { back } = applied
  const left = await tryRollBack(await stage.open())
  const now = describeBack(left.back)
  if (back.complete) return now === undefined ? undefined : `it was not complete: ${now}`
  const listed = (back.left?.changes.length ?? 0) > 0 || back.error !== undefined
  return listed ? undefined : 'it was not complete, and the list is empty'
}

/** A further apply works, or names what is in its way. */
const goesOn = async (stage: Stage): Promise<string | undefined> => {
  const planned = await (await stage.open()).plan()
  if (!planned.ok) {
    const text = describeProblems(planned)
    return /exists already|there is no|has no parameter/.test(text) ? undefined : text
  }
  const { applied } = await tryApply(await stage.open())
  if (applied === 'killed' || applied.outcome === 'done') return undefined
  const { trouble, back } = applied
  const why = trouble.kind === 'refused' ? trouble.failure : trouble
  // What is in its way now, and was not planned: named by the step that is refused.
  const named = trouble.kind === 'refused' && back.complete
  return named && /exists|in use/i.test(trouble.failure.message)
    ? undefined
    : `a further apply: ${JSON.stringify(why)} ${String(describeBack(back))}`
}

const tryDeed = async (stage: Stage, deed: Deed, at: number): Promise<string | undefined> => {
  const done = new Set<boolean>()
  const meddle = (): void => void done.add(does(stage, deed.namespace, deed.script))
  const trial = await tryApply(await stage.open(), { kind: meddle, at })
  const lie = await isTruthful(stage, trial)
  if (lie !== undefined) return lie
  const { keeps } = deed
  if (done.has(true) && keeps !== undefined && !does(stage, deed.namespace, keeps))
    return 'what somebody else made is gone'
  return goesOn(stage)
}

for (const name of someOf(names, 3, 'others'))
  test(`somebody else at work: ${name}`, async (t) => {
    const passage = passages.find((one) => one.name === name)
    if (!passage) throw new Error(`no passage ${name}`)
    const tally = newTally()
    const stages = stagesOf(passage)
    try {
      const planned = await (await (await stages.stage()).open()).plan()
      if (!planned.ok) throw new Error(describeProblems(planned))
      const count = (await tryApply(await (await stages.stage()).open())).points
      stages.spoil()
      const wording = deedsOf(planned.plan, passage)
      // The node has another name each time it is made.
      const total = wording.length
      for (const number of isFull ? upTo(total) : [pick(upTo(total), name)]) {
        const at = pick(upTo(count), `${name} ${number}`)
        const where = `${name}, at ${at} of ${count}: ${wording[number]?.what ?? ''}`
        await attempt(tally, { stages, what: 'somebody else', where }, async (stage) => {
          const again = await (await stage.open()).plan()
          const deed = again.ok ? deedsOf(again.plan, passage)[number] : undefined
          return deed && tryDeed(stage, deed, at)
        })
        stages.spoil()
      }
    } finally {
      stages.spoil()
    }
    report(t, tally)
  })
