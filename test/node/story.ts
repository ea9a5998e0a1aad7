import type { ExecutionContext } from 'ava'
import { createNode, describeProblems, failureOf } from './harness.ts'
import type { Done, PlanOptions, TestNode } from './harness.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { snapshot } from './snapshot.ts'

/** What a program printed as JSON. */
type Json = ReturnType<typeof JSON.parse>

/** A node for one test, which ends with it. */
export const nodeFor = (t: ExecutionContext): TestNode => {
  const node = createNode()
  t.teardown(() => node.remove())
  return node
}

/** A plan in a line a change: "create link br0", "update link br0: mtu 1400 -> 1500". */
export const changesOf = ({ changes }: Pick<Plan, 'changes'>): string[] =>
  changes.map(({ action, identity, differences, adopts }) => {
    const details = [
      ...(adopts ? ['adopted'] : []),
      ...differences.map(
        ({ attribute, before, after }) =>
          `${attribute} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
      ),
    ]
    return `${action} ${identity}${details.length === 0 ? '' : `: ${details.join(', ')}`}`
  })

/** Applies, and checks what every apply promises: the next plan is empty, and applying again writes nothing. */
export const settle = async (
  t: ExecutionContext,
  node: TestNode,
  yaml: string,
  options?: PlanOptions,
): Promise<Done> => {
  const done = await node.apply(yaml, options)
  t.is(failureOf(done), undefined)
  const again = await node.apply(yaml)
  t.deepEqual(changesOf(again.plan), [], 'the next plan is empty')
  t.is(again.writes, 0, 'applying again writes nothing')
  return done
}

/** Settles, and returns what was planned for it. */
export type Settle = (yaml: string, options?: PlanOptions) => Promise<string[]>

/**
 * A test that states only what is special: every apply in it keeps its promises, and at its end
 * `destroy` gives back the node as it was before the first.
 */
export const story = async (
  t: ExecutionContext,
  tell: (node: TestNode, settle: Settle) => Promise<void>,
): Promise<void> => {
  const node = nodeFor(t)
  let before: string[] | undefined
  let last = ''
  await tell(node, async (yaml, options) => {
    before ??= snapshot(node.name)
    last = yaml
    return changesOf((await settle(t, node, yaml, options)).plan)
  })
  t.is(failureOf(await node.destroy(last)), undefined)
  t.deepEqual(snapshot(node.name), before)
}

/** Why there is no plan. */
export const problemsOf = async (
  node: TestNode,
  yaml: string,
  options?: PlanOptions,
): Promise<string> => describeProblems(await node.tryPlan(yaml, options))

/** Commands of `ip`, one a line. */
export const prepare = (node: TestNode, lines: string, namespace?: string): void =>
  void node.ip(lines, namespace)

/** What `ip -j -N -d` shows. */
export const show = (node: TestNode, line: string, namespace?: string): Json[] =>
  JSON.parse(node.ip(`-j -N -d ${line}`, namespace) || '[]')

/** The device itself, as `ip` shows it with its addresses. */
export const device = (node: TestNode, name: string, namespace?: string): Json =>
  show(node, `addr show dev ${name}`, namespace)[0]

/** The addresses of a device with their lengths, without those that come by themselves. */
export const addressesOf = (node: TestNode, name: string, namespace?: string): string[] =>
  (device(node, name, namespace).addr_info as Json[])
    .map(({ local, prefixlen }) => `${String(local)}/${String(prefixlen)}`)
    .filter((address) => !address.startsWith('fe80'))

/** A value below /proc/sys. */
export const sysctl = (node: TestNode, path: string, namespace?: string): string =>
  node.exec(['cat', `/proc/sys/${path}`], namespace).trim()
