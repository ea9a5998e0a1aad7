// What validation lets through meets the real kernel: it is there as it was written, or is refused, and
// nothing else on the node is any different. SECONDS=600 tries for so long, SEED repeats.
import test from 'ava'
import fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { createNode, failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { addForeign, assertSame } from '../node/properties.ts'
import { snapshot } from '../node/snapshot.ts'
import { hostile, quoted, worst } from './hostile.ts'
import { freeTextsOf } from './oracle.ts'
import { bytesOf, readParameters } from './readers.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
const seconds = Number(process.env['SECONDS'] ?? 4)

type Section = Readonly<Record<string, unknown>> | readonly unknown[]
type Fragment = Readonly<Record<string, Section>>

/** A text in every place that may have it, each for itself. */
const fragmentsOf = (text: string, index: number, node: TestNode): readonly Fragment[] => {
  const inside = node.ns(`n${text}`)
  const subnet = `10.200.${index}`
  const bridge = {
    addresses: [`${subnet}.1/24`],
    neighbors: [{ address: `${subnet}.9`, proxy: true }],
  }
  const bridges = { [text]: bridge }
  const all: readonly Fragment[] = [
    { bridges, routes: [{ to: `10.201.${index}.0/24`, via: `${subnet}.7`, device: text }] },
    { bridges, sysctls: { [`net/ipv4/conf/${text}/rp_filter`]: 1 } },
    {
      namespaces: { [inside]: {} },
      veths: {
        [`v${index}`]: { peer: { name: text, namespace: inside, addresses: [`${subnet}.1/24`] } },
      },
    },
    {
      namespaces: { [node.ns('vx')]: {} },
      vxlans: { [text]: { id: index + 1, local: '192.0.2.1', namespace: node.ns('vx') } },
    },
    { rules: [{ priority: 2000 + index, iif: text, table: 7 }] },
    { forwarding: [{ inInterface: text, source: `${subnet}.0/24` }] },
    { masquerade: [{ source: `${subnet}.0/24`, exceptOutInterface: text }] },
    { iptables: [{ chain: 'INPUT', rule: `-m comment --comment ${quoted(text)} -j ACCEPT` }] },
    {
      iptables: [{ chain: 'OUTPUT', rule: `-j LOG --log-prefix ${quoted(text)}`, family: 'inet' }],
    },
    { iptables: [{ chain: 'INPUT', rule: '-j ACCEPT', place: `after ${text}` }] },
  ]
  // Each of these is a process or a namespace of its own, and takes its time.
  return all.filter((_, at) => !(at === 1 && index % 3 !== 0) && !(at === 2 && index % 2 !== 0))
}

const merge = (fragments: readonly Fragment[]): Fragment => {
  const merged: Record<string, Section> = {}
  for (const [name, section] of fragments.flatMap((one) => Object.entries(one))) {
    const known = merged[name]
    // A name like __proto__ is one of its own.
    merged[name] = Array.isArray(section)
      ? [...((known ?? []) as readonly unknown[]), ...(section as readonly unknown[])]
      : Object.fromEntries([...Object.entries(known ?? {}), ...Object.entries(section)])
  }
  return merged
}

const isValid = async (config: Fragment): Promise<boolean> => {
  const text = JSON.stringify(config)
  return (await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text) })).ok
}

/** All that is valid of these texts, as one configuration. */
const configOf = async (texts: readonly string[], node: TestNode): Promise<Fragment> => {
  const all = [...new Set(texts)].flatMap((text, index) => fragmentsOf(text, index, node))
  const valid = await Promise.all(all.map(isValid))
  return merge(all.filter((_, index) => valid[index]))
}

const namesOf = (section: Section | undefined): readonly string[] =>
  Object.keys(section ?? {}).sort()

const linksOf = (node: TestNode, namespace?: string): readonly string[] =>
  (JSON.parse(node.exec(['ip', '-j', 'link', 'show'], namespace)) as { ifname: string }[]).map(
    ({ ifname }) => ifname,
  )

const rulesOf = (node: TestNode): readonly string[] =>
  node
    .exec(['iptables-nft-save'])
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/\[\d+:\d+\]/, '[0:0]'))

/** A table that was looked at, is there. */
const foreignRules = (node: TestNode): void => {
  for (const table of ['raw', 'mangle', 'nat', 'filter']) {
    for (const program of ['iptables-nft', 'ip6tables-nft'])
      node.exec([program, '-t', table, '-A', 'OUTPUT', '-m', 'comment', '--comment', 'a"b # c'])
  }
}

/** Everything on the node, rules too; not what forwarding sets for all. */
const stateOf = (node: TestNode): readonly string[] => [
  ...snapshot(node.name).filter((line) => !/ip_forward|\/forwarding:/.test(line)),
  ...rulesOf(node),
]

/** Throws where anything is there that was not asked for, or is not there that was. */
const checkThere = (node: TestNode, config: Fragment): void => {
  const has = (what: string, found: readonly string[], wanted: readonly string[]): void => {
    const lost = wanted.filter((one) => !found.includes(one))
    if (lost.length > 0) throw new Error(`${what}: no ${JSON.stringify(lost)}`)
  }
  has('bridges', linksOf(node), namesOf(config['bridges']))
  if (config['vxlans']) has('vxlans', linksOf(node, node.ns('vx')), namesOf(config['vxlans']))
  const peers = Object.values(config['veths'] ?? {}) as {
    readonly peer: { readonly name: string; readonly namespace: string }
  }[]
  for (const { peer } of peers) has('peer', linksOf(node, peer.namespace), [peer.name])
  const written = rulesOf(node).flatMap((line) => freeTextsOf(readParameters(bytesOf(line))))
  const rules = (config['iptables'] ?? []) as readonly { readonly rule: string }[]
  const texts = rules.flatMap(({ rule }) => freeTextsOf(readParameters(bytesOf(rule))))
  has(
    'free text',
    written,
    // An empty one is not printed, and `$${` stands for `${`.
    texts.filter((text) => text !== '').map((text) => text.replaceAll('$${', '${')),
  )
}

/** What others have is there as before, whatever else there is by now. */
const checkKept = (what: string, before: readonly string[], now: readonly string[]): void => {
  const lost = before.filter((line) => !now.includes(line))
  if (lost.length > 0) throw new Error(`${what}:\n${lost.join('\n')}`)
}

/** Applies what is valid of some texts, and takes it away again; whether the kernel took it. */
const attempt = async (node: TestNode, texts: readonly string[]): Promise<boolean> => {
  const config = await configOf(texts, node)
  const yaml = JSON.stringify(config)
  const before = stateOf(node)
  const done = await node.apply(yaml)
  const failure = failureOf(done)
  if (failure === undefined) {
    checkThere(node, config)
    const again = await node.plan(yaml)
    if (again.steps.length > 0) throw new Error(`not empty: ${JSON.stringify(again.changes)}`)
    checkKept(
      'while it is there',
      before.filter((line) => !line.startsWith(':')),
      stateOf(node),
    )
  }
  const gone = await node.destroy(yaml)
  if (failureOf(gone) !== undefined) throw new Error(failureOf(gone))
  assertSame(`when it is gone: ${yaml}`, before, stateOf(node))
  return failure === undefined
}

const node = createNode()

test.before(() => {
  addForeign(node)
  foreignRules(node)
})

test.after.always(() => {
  node.remove()
})

test.serial('the worst names are taken by the kernel as they are', async (t) => {
  for (let at = 0; at < worst.length; at += 40)
    t.true(await attempt(node, worst.slice(at, at + 40)), JSON.stringify(worst.slice(at, at + 40)))
})

test.serial('what is valid is taken by the kernel, or is refused and gone', async (t) => {
  const outcomes = { taken: 0, refused: 0 }
  const texts = fc.array(hostile, { minLength: 6, maxLength: 6 })
  const property = fc.asyncProperty(texts, async (some) => {
    outcomes[(await attempt(node, some)) ? 'taken' : 'refused'] += 1
  })
  const { counterexample, errorInstance } = await fc.check(property, {
    seed,
    numRuns: 1e6,
    interruptAfterTimeLimit: seconds * 1000,
  })
  t.is(
    counterexample,
    null,
    `${String(errorInstance)}\n${JSON.stringify({ seed, counterexample })}`,
  )
  t.log(`seed ${seed}: ${JSON.stringify(outcomes)}`)
})
