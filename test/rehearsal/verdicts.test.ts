import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import test from 'ava'
import { netplan } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { addForeign } from '../node/properties.ts'
import { namespacesOf } from '../node/snapshot.ts'
import { topologies, toYaml } from '../node/topologies.ts'
import type { Topology } from '../node/topologies.ts'
import { rehearse } from './stage.ts'

/** `REHEARSALS=100` is the real thing; the same ones again with the `REHEARSALS_SEED` that is printed. */
const runs = Number(process.env['REHEARSALS'] ?? 4)
const seed = Number(process.env['REHEARSALS_SEED'] ?? Date.now() % 1_000_000)

type Yaml = Readonly<Record<string, unknown>>

/** What makes an apply fail, by what is changed in the file or on the node before it. */
const flaws = {
  /** The kernel refuses a route whose gateway is on no link. */
  gateway: (yaml: Yaml) => ({
    ...yaml,
    routes: [...(yaml['routes'] as Yaml[]), { to: '10.77.0.0/16', via: '203.0.113.9' }],
  }),
  /** The kernel refuses a value; the step comes among others. */
  refusal: (yaml: Yaml) => ({
    ...yaml,
    sysctls: { ...(yaml['sysctls'] as Yaml), 'net.ipv4.tcp_ecn': 77 },
  }),
  /** Something of others is in the way. */
  foreign: (yaml: Yaml) => ({
    ...yaml,
    bridges: { ...(yaml['bridges'] as Yaml), cni0: { addresses: ['10.66.0.1/24'] } },
  }),
  /** A check passes before, and fails after: the bridge that has the address goes. */
  check: (yaml: Yaml) => ({
    ...yaml,
    checks: [{ name: 'probe', ping: '10.66.0.1', timeoutSeconds: 1 }],
  }),
} as const

type Flaw = keyof typeof flaws

interface Case {
  readonly first: Topology
  readonly second: Topology
  readonly flaw: Flaw | undefined
}

const parse = (topology: Topology, node: TestNode): Yaml =>
  JSON.parse(toYaml(topology, node.name)) as Yaml

/** What is there at first: what the check looks at, too. */
const firstOf = ({ first }: Case, node: TestNode): Yaml => {
  const yaml = parse(first, node)
  const bridges = { ...(yaml['bridges'] as Yaml), brx: { addresses: ['10.66.0.1/24'] } }
  return { ...yaml, bridges }
}

const secondOf = ({ second, flaw }: Case, node: TestNode): Yaml => {
  const yaml = parse(second, node)
  return flaw === undefined ? yaml : flaws[flaw](yaml)
}

interface ErrorDocument {
  readonly error?: { readonly message: string }
}

const messageOf = (stdout: string): string | null => {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return (JSON.parse(last) as ErrorDocument).error?.message ?? null
}

const count = ({ flaw }: Case, code: number, codes: Map<string, number>): void => {
  const key = `${flaw ?? 'sound'}: ${String(code)}`
  codes.set(key, (codes.get(key) ?? 0) + 1)
}

/** While STP spreads a change, for half a minute, a bridge does not say how long it remembers. */
const isSteady = ({ first }: Case): boolean => !first.bridges.some(({ stp }) => stp)

/** Until the kernel knows that nobody else has an address, where it can find out. */
const settle = async (node: TestNode): Promise<void> => {
  const isTrying = (): boolean =>
    namespacesOf(node.name).some(
      (name) => sh(['ip', '-n', name, '-6', 'address', 'show', 'tentative']) !== '',
    )
  for (let waited = 0; isTrying() && waited < 2500; waited += 100) await sleep(100)
}

const verify = async (one: Case, codes: Map<string, number>): Promise<void> => {
  const node = createNode()
  try {
    addForeign(node)
    const args = ['--allow-lockout', '--netns', node.name]
    const apply = (yaml: Yaml): ReturnType<typeof netplan> =>
      netplan(['apply', '--auto-approve', '--json', ...args], { input: JSON.stringify(yaml) })
    const before = await apply(firstOf(one, node))
    if (before.code !== 0) throw new Error(before.stdout + before.stderr)
    await settle(node)
    const yaml = secondOf(one, node)
    const rehearsed = await rehearse(JSON.stringify(yaml), ...args, '--rollback')
    const real = await apply(yaml)
    const seen = JSON.stringify({ ...rehearsed, plan: undefined }, null, 1)
    if (rehearsed.exitCode !== real.code)
      throw new Error(`${real.code} is not as rehearsed: ${seen}\n${real.stdout}`)
    count(one, real.code, codes)
    if (!isSteady(one)) return
    if (rehearsed.planDiffers.length > 0) throw new Error(`the plan differs: ${seen}`)
    // Down to how many steps were taken; why there is no plan is said in other words.
    if (rehearsed.verdict !== 'no-plan' && rehearsed.message !== messageOf(real.stdout))
      throw new Error(`${String(messageOf(real.stdout))} was rehearsed as ${seen}`)
  } finally {
    node.remove()
  }
}

const names = Object.keys(flaws) as Flaw[]

test('what a rehearsal says is what apply does, over generated plans, a third of which fail', async (t) => {
  t.timeout(120_000 + runs * 60_000)
  const pairs = fc.sample(fc.tuple(topologies, topologies), { numRuns: runs, seed })
  const codes = new Map<string, number>()
  for (const [index, [first, second]] of pairs.entries()) {
    const flaw = index % 3 === 2 ? names[Math.floor(index / 3 + seed) % names.length] : undefined
    try {
      await verify({ first, second, flaw }, codes)
    } catch (error) {
      const hint = `REHEARSALS_SEED=${String(seed)} REHEARSALS=${String(runs)}, number ${String(index)}`
      throw new Error(`${hint}: ${String(flaw)}: ${(error as Error).message}`, { cause: error })
    }
  }
  t.log(`seed ${String(seed)}:`, Object.fromEntries(codes))
  const failed = [...codes].filter(([key]) => !key.endsWith(' 0'))
  t.is(
    failed.reduce((sum, [, count]) => sum + count, 0),
    Math.floor(runs / 3),
    'those fail that are to fail, and no others',
  )
})
