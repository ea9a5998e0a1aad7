// Text of a person reaches programs as what it is, or not at all. RUNS=100000 tries so many, SEED repeats.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigSource } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import { makePlan, observeAll } from '../../src/plan/plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/resources/index.ts'
import { placesOf } from '../../src/resources/namespace.ts'
import { emptyNode, readFixture } from '../plan/fixture.ts'
import type { Fixture } from '../plan/fixture.ts'
import { graft, hostile, quoted, worst } from './hostile.ts'
import { checkPlan, freeTextsOf, isRestore, writtenTexts } from './oracle.ts'
import { freeTexts, plant, rename, textsOf } from './places.ts'
import type { Tree } from './places.ts'
import { bytesOf, readBatch, readParameters, readRestore } from './readers.ts'
import { callsOf, makeFakes, scriptOf } from './script.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const runs = Number(process.env['RUNS'] ?? 0)
const seconds = Number(process.env['SECONDS'] ?? 4)

type Mapping = Readonly<Record<string, Tree>>

/** A configuration, and a node that it meets. */
interface Scene {
  readonly name: string
  readonly config: Mapping
  readonly node: Tree
}

const read = (file: string): string => readFileSync(file, 'utf8')

const nodeOf = (folder: string): Tree => {
  const file = join(folder, 'observed.json')
  const found = (existsSync(file) ? JSON.parse(read(file)) : emptyNode) as Fixture
  return { firewall: emptyNode.firewall, ...found } as unknown as Tree
}

const sample: Scene = {
  name: 'sample',
  config: parse(read('test/security/sample.yaml')) as Mapping,
  // The namespace and the parameters that the sample takes for granted.
  node: {
    ...(emptyNode as unknown as Mapping),
    files: { given: { path: '/run/netns/given', inode: 7, born: '1', stale: false, empty: false } },
    namespaces: {
      '': {
        ...(emptyNode.namespaces[''] as unknown as Mapping),
        sysctls: {
          'net/ipv4/ip_forward': '0',
          'net/ipv4/tcp_congestion_control': 'reno',
          'net/bridge/bridge-nf-call-iptables': '0',
        },
      },
    },
  },
}

const cases = 'test/cases'

const scenes: readonly Scene[] = [
  sample,
  ...readdirSync(cases).map((name) => {
    const folder = join(cases, name)
    const config = parse(read(join(folder, 'netplan.yaml'))) as Mapping
    return { name, config, node: nodeOf(folder) }
  }),
]

/** How a text gets into a configuration: as it is, by either parser, or as a variable from outside. */
type Delivery = 'json' | 'yaml' | 'var' | 'env'

interface Attack {
  readonly scene: Scene
  readonly delivery: Delivery
  readonly text: string
}

const load = async ({ scene, delivery, text }: Attack): Promise<ConfigSource | undefined> => {
  const isOutside = delivery === 'var' || delivery === 'env'
  const place = delivery === 'env' ? '${env.TEXT}' : '${text}'
  const config = isOutside ? (rename(scene.config, text, place) as Mapping) : scene.config
  const vars = { ...(config['vars'] as Mapping | undefined), text: 'plain' }
  const input = JSON.stringify(isOutside ? { ...config, vars } : config)
  const result = await loadConfig({
    files: ['-'],
    readStdin: () => Promise.resolve(delivery === 'yaml' ? `---\n${input}` : input),
    env: { TEXT: text, HOME: '-batch\n' },
    vars: delivery === 'var' ? { text } : {},
  })
  return result.ok ? result.source : undefined
}

interface Made {
  readonly plan: Plan
  netnsOf(namespace: string): string | undefined
}

const plan = async ({ config, locate }: ConfigSource, node: Fixture): Promise<Made | undefined> => {
  const { owner, resources } = expand(config, locate, 'node-1')
  const fixture = readFixture(node)
  // A namespace may be called `constructor`.
  const files = new Map(Object.entries(node.files))
  const reader = { ...fixture, namespace: (name: string) => files.get(name) }
  const observed = await observeAll(kinds, reader, resources)
  const options = { owner: { ...owner, records: reader.records }, adopt: true }
  const result = makePlan(kinds, resources, observed, options)
  const paths = new Map(placesOf(resources, reader.records).map(({ name, path }) => [name, path]))
  if (!result.ok && process.env['SHOW'] !== undefined)
    console.log(result.diagnostics.map(({ message }) => message))
  return result.ok ? { plan: result.plan, netnsOf: (name) => paths.get(name) } : undefined
}

const isIPv6 = ([program = '']: readonly string[]): boolean => program.startsWith('ip6')

/** What iptables-save would print once the plan is done. */
const savedBy = ({ steps }: Plan, six: boolean): string => {
  const lines = steps
    .filter(({ step }) => isRestore(step) && isIPv6(step.argv) === six)
    .flatMap(({ step: { stdin = '' } }) => stdin.split('\n').slice(0, -1))
    .filter((line) => !/^-[DX] /.test(line))
    .map((line) => line.replace(/^-I (\S+) [0-9]+ /, '-A $1 '))
  const builtIn = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']
  const policies = builtIn.map((chain) => `:${chain} ACCEPT [0:0]`)
  return lines.flatMap((line) => (line.startsWith('*') ? [line, ...policies] : [line])).join('\n')
}

/** A node on which the rules are already, and a configuration that has none of them any more. */
const removal = async (
  source: ConfigSource,
  node: Fixture,
  made: Made,
): Promise<Made | undefined> => {
  const sections = ['iptables', 'forwarding', 'masquerade', 'services']
  const kept = Object.entries(source.config).filter(([name]) => !sections.includes(name))
  const rules = { backend: 'nft', inet: savedBy(made.plan, false), inet6: savedBy(made.plan, true) }
  return plan({ ...source, config: Object.fromEntries(kept) }, {
    ...node,
    firewall: rules,
  } as Fixture)
}

/** The free text of the rules of the file is what iptables would have read there. */
const checkFreeTexts = ({ config }: ConfigSource, made: Plan): void => {
  const rules = config.iptables ?? []
  const wanted = new Set(rules.flatMap(({ rule }) => freeTextsOf(readParameters(bytesOf(rule)))))
  const found = writtenTexts(made)
  const unasked = found.filter((text) => !wanted.has(text))
  const lost = [...wanted].filter((text) => text !== '' && !found.includes(text))
  if (unasked.length + lost.length > 0)
    throw new Error(`free text: ${JSON.stringify({ unasked, lost })}`)
}

const fakes = makeFakes()
test.after.always(() => fakes.remove())

const scripts = { run: 0, most: runs > 0 ? runs / 20 : 60 }

const runScript = ({ plan: made, netnsOf }: Made): void => {
  scripts.run += 1
  const found = fakes.run(scriptOf(made, netnsOf))
  const wanted = callsOf(made, netnsOf)
  const at = wanted.findIndex((call, index) => call !== found[index])
  if (at >= 0 || found.length !== wanted.length)
    throw new Error(`the script: ${JSON.stringify([at, found[at], wanted[at], found.length])}`)
}

type Outcome = 'invalid' | 'no plan' | 'planned'

/** Throws where a text gets anywhere that it should not. */
const attack = async (one: Attack, script: boolean): Promise<Outcome> => {
  const source = await load(one)
  if (!source) return 'invalid'
  const node = one.scene.node as unknown as Fixture
  const made = await plan(source, node)
  if (!made) return 'no plan'
  checkPlan(made.plan)
  if (one.scene.name === 'sample') checkFreeTexts(source, made.plan)
  if (script && scripts.run < scripts.most) runScript(made)
  const gone = await removal(source, node, made)
  if (gone) checkPlan(gone.plan)
  return 'planned'
}

/** Rules with free text, written with and without quotes. */
const ruleOf: fc.Arbitrary<(text: string) => string> = fc.constantFrom(
  (text) => `-m comment --comment ${quoted(text)} -j ACCEPT`,
  (text) => `-m comment --comment ${text} -j ACCEPT`,
  (text) => `-j LOG --log-prefix ${quoted(text)}`,
  (text) => `-i ${text} -j ACCEPT`,
  (text) => `-j ${text}`,
  (text) => `-p tcp -m comment --comment ${quoted(text)} -m comment --comment '${text}' -j DROP`,
  (text) => text,
)

/** One text in one place. */
const planted: fc.Arbitrary<Omit<Attack, 'delivery'>> = fc
  .tuple(fc.constantFrom(...scenes), fc.constantFrom(...freeTexts), fc.nat(9), graft, hostile)
  .map(([scene, place, pick, mix, other]) => {
    let text = ''
    const change = (old: string): string => (text = mix(old, other))
    return { scene: { ...scene, config: plant(scene.config, place, { pick, change }) }, text }
  })

/** One text for another wherever it stands, on the node too: a device of another name. */
const renamed: fc.Arbitrary<Omit<Attack, 'delivery'>> = fc
  .constantFrom(...scenes)
  .chain((scene) =>
    fc.tuple(fc.constant(scene), fc.constantFrom(...textsOf(scene.config)), graft, hostile),
  )
  .map(([{ name, config, node }, from, mix, other]) => {
    const text = mix(from, other)
    const scene = {
      name,
      config: rename(config, from, text) as Mapping,
      node: rename(node, from, text),
    }
    return { scene, text }
  })

const ruled: fc.Arbitrary<Omit<Attack, 'delivery'>> = fc
  .tuple(ruleOf, hostile, fc.constantFrom('nat', 'filter', 'raw'))
  .map(([rule, other, table]) => {
    const text = rule(other)
    const iptables = [{ table, chain: 'OUTPUT', rule: text }]
    return { scene: { ...sample, config: { ...sample.config, iptables } }, text }
  })

const attacks: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.oneof(planted, { weight: 3, arbitrary: renamed }, ruled),
    fc.constantFrom<Delivery>('json', 'yaml', 'var', 'env'),
  )
  .map(([one, delivery]) => ({ ...one, delivery }))

test.serial(
  'the sample is valid, and has text in every section of the schema that takes it',
  async (t) => {
    for (const scene of scenes)
      t.not(await load({ scene, delivery: 'json', text: '' }), undefined, scene.name)
    t.is(await attack({ scene: sample, delivery: 'json', text: '' }, true), 'planned')
    const sections = new Set(freeTexts.map(({ way: [first] }) => first))
    t.true(sections.size > 10)
    t.log(
      `${freeTexts.length} places for free text: ${freeTexts.map(({ title }) => title).join(' ')}`,
    )
  },
)

type Role = (config: Mapping, text: string) => Mapping

const add =
  (make: (text: string) => Mapping): Role =>
  (config, text) => {
    const more = Object.entries(make(text)).map(([name, section]): [string, Tree] => {
      const known = config[name]
      return Array.isArray(section)
        ? [name, [...((known ?? []) as readonly Tree[]), ...(section as readonly Tree[])]]
        : [name, { ...(known as Mapping), ...(section as Mapping) }]
    })
    return { ...config, ...Object.fromEntries(more) }
  }

const roles: readonly Role[] = [
  ...['up0', 'br0', 'veth0', 'eth0', 'vxlan10', 'pod1', 'in0', 'out0', 'iif0'].map(
    (name): Role =>
      (config, text) =>
        rename(config, name, text) as Mapping,
  ),
  (config, text) => rename(config, '/run/netns/given', `/run/netns/${text}`) as Mapping,
  add((text) => ({
    bridges: Object.fromEntries([[text, {}]]),
    sysctls: { [`net/ipv4/conf/${text}/rp_filter`]: 1 },
  })),
  add((text) => ({
    iptables: [{ chain: 'INPUT', rule: `-m comment --comment ${quoted(text)} -j ACCEPT` }],
  })),
  add((text) => ({
    iptables: [{ chain: 'INPUT', rule: '-j ACCEPT', place: `after ${text}` }],
  })),
]

/** The sample with a text in each role that takes it, another one in each; from the first role on. */
const dressed = async (from: number, first: number): Promise<Mapping> => {
  let { config } = sample
  for (const [index, role] of roles.entries()) {
    if (index < first) continue
    const text = worst[(from + index * 7) % worst.length] ?? ''
    const scene = { ...sample, config: role(config, text) }
    if (await load({ scene, delivery: 'json', text: '' })) ({ config } = scene)
  }
  return config
}

test.serial('the worst is one word among those of its step, wherever it may stand', async (t) => {
  const outcomes = { invalid: 0, 'no plan': 0, planned: 0 }
  for (const [from, text] of worst.entries()) {
    const one = async (first: number): Promise<Outcome> => {
      const scene = { ...sample, config: await dressed(from, first) }
      return attack({ scene, delivery: 'json', text: '' }, from % 3 === 0)
    }
    try {
      const outcome = await one(0)
      // No rule can have the name of every device that a default route may have.
      outcomes[outcome === 'no plan' ? await one(1) : outcome] += 1
    } catch (error) {
      t.fail(`${text}: ${String(error)}`)
    }
  }
  t.log(JSON.stringify(outcomes))
  t.is(outcomes.planned, worst.length)
})

test.serial('what is hostile is refused, or is one word among those of its step', async (t) => {
  const outcomes = { invalid: 0, 'no plan': 0, planned: 0 }
  const property = fc.asyncProperty(attacks, async (one) => {
    outcomes[await attack(one, outcomes.planned % 4 === 0)] += 1
  })
  const limit = { interruptAfterTimeLimit: seconds * 1000, numRuns: 1e6 }
  const { counterexample, errorInstance } = await fc.check(property, {
    seed,
    ...(runs > 0 ? { numRuns: runs } : limit),
  })
  if (counterexample) {
    const [{ scene, delivery, text }] = counterexample
    const found = {
      seed,
      scene: scene.name,
      delivery,
      text: text.slice(0, 99),
      config: scene.config,
    }
    t.fail(`${String(errorInstance)}\n${JSON.stringify(found)}`)
  }
  t.log(`seed ${seed}: ${JSON.stringify(outcomes)}, ${scripts.run} scripts run`)
  t.true(outcomes.planned > 0)
})

test.serial('the device of the default route is written as it is called', async (t) => {
  for (const name of ['$&', '$`', '$1', '-j', '@uplink', '!', "$'"]) {
    const scene = { ...sample, config: rename(sample.config, 'up0', name) as Mapping }
    const source = await load({ scene, delivery: 'json', text: '' })
    const made = source && (await plan(source, sample.node as unknown as Fixture))
    const devices = made?.plan.steps
      .flatMap(({ step: { stdin } }) => (stdin === undefined ? [] : readRestore(stdin)))
      .filter(({ chain, words }) => chain.endsWith('-MASQUERADE') && words.includes('-s'))
      .map(({ words }) => words.slice(words.indexOf('-o')))
    const comment = ['-m', 'comment', '--comment', 'two words']
    const rule = ['-o', name, ...comment, '-j', 'MASQUERADE', '--random-fully']
    t.deepEqual(devices, /[!']/.test(name) ? undefined : [rule], name)
  }
})

test.serial('batches are read as iproute2 reads them', (t) => {
  const text = 'a  b\t"c d" \'e\'f # g\n\n # h\ni\\\nj k\\l\n'
  t.deepEqual(readBatch(text), [
    ['a', 'b', 'c d', 'e', 'f'],
    ['ij', 'k\\l'],
  ])
  t.throws(() => readBatch('a "b\n'), { message: 'Unterminated quoted string' })
})

test.serial('rules are read as iptables-restore reads them', (t) => {
  t.deepEqual(readParameters('a "b \\" c\\\\" d"e f"g \'h i\'\n'), [
    ...['a', 'b " c\\', 'de f', 'g', "'h", "i'"],
  ])
  t.deepEqual(readRestore('*nat\n# x\n:A - [0:0]\n-A A -j B\n\nCOMMIT\n'), [
    { table: 'nat', what: 'declare', chain: 'A', words: ['-', '[0:0]'] },
    { table: 'nat', what: '-A', chain: 'A', words: ['-j', 'B'] },
  ])
})
