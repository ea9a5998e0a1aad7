import test from 'ava'
import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import type { Resource } from '../../src/resources/kind.ts'
import { servicesYaml } from './scenarios.ts'

type Chains = ReadonlyMap<string, readonly string[]>

const expandYaml = async (yaml: string): Promise<readonly Resource[]> => {
  const readStdin = () => Promise.resolve(`version: 1\n${yaml}`)
  const result = await loadConfig({ files: ['-'], readStdin })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return expand(result.source.config, result.source.locate).resources
}

/** The chains of nat that a configuration leads to, by name. */
const chainsOf = async (yaml: string): Promise<Chains> =>
  new Map(
    (await expandYaml(yaml))
      .filter(
        ({ kind, table }: Resource & { table?: string }) => kind === 'chain' && table === 'nat',
      )
      .map((one) => [
        (one as unknown as { chain: string }).chain,
        one.attributes['rules'] as string[],
      ]),
  )

const addressesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `10.244.${index >> 8}.${index & 255}`)

const service = async (count: number, loadBalancing: 'random' | 'roundRobin'): Promise<Chains> =>
  chainsOf(
    servicesYaml({
      web: {
        clusterIPs: ['10.96.0.1'],
        ports: [{ port: 80, targetPort: 8080 }],
        endpoints: addressesOf(count),
        loadBalancing,
      },
    }),
  )

const entrance = (chains: Chains): string =>
  [...chains.keys()].find((name) => name.includes('-SVC-'))!

const targetOf = (rule: string): { address?: string; chain?: string } => {
  const [, address] = /--to-destination (\S+):8080$/.exec(rule) ?? []
  const [, chain] = / -[jg] (NP\d+-E-\S+)$/.exec(rule) ?? []
  return { ...(address && { address }), ...(chain && { chain }) }
}

const leads = (rule: string): boolean => Object.keys(targetOf(rule)).length > 0

const probabilityOf = (rule: string): number =>
  Number(/--mode random --probability (\S+)/.exec(rule)?.[1] ?? 1)

/** With which probability a connection comes to each endpoint, by the text of the rules. */
const probabilities = (chains: Chains, chain: string, share = 1): [string, number][] => {
  let left = share
  return chains
    .get(chain)!
    .filter(leads)
    .flatMap((rule) => {
      const { address, chain: next } = targetOf(rule)
      const taken = left * probabilityOf(rule)
      left -= taken
      return next === undefined ? [[address!, taken]] : probabilities(chains, next, taken)
    })
}

for (const count of [1, 2, 8, 9, 100, 319, 1000])
  test(`04 random: each of ${count} endpoints has the same probability`, async (t) => {
    const chains = await service(count, 'random')
    const found = probabilities(chains, entrance(chains))
    t.deepEqual(found.map(([address]) => address).sort(), addressesOf(count).sort())
    // A share is kept in 31 bits.
    for (const [address, share] of found) t.true(Math.abs(share * count - 1) < 1e-6, address)
    for (const rule of [...chains.values()].flat().filter((one) => one.includes('--mode random'))) {
      const text = /--probability (\S+)/.exec(rule)![1]!
      t.is((Math.round(Number(text) * 2 ** 31) / 2 ** 31).toFixed(11), text)
    }
  })

/** Sends connections through rules as xt_statistic does, with a counter for each rule. */
const turnsThrough = (chains: Chains): (() => string) => {
  const counters = new Map<string, number>()
  const isTaken = (chain: string, index: number, rule: string): boolean => {
    const every = Number(/--mode nth --every (\d+) --packet 0/.exec(rule)?.[1] ?? 1)
    const key = `${chain} ${index}`
    const count = counters.get(key) ?? 0
    counters.set(key, (count + 1) % every)
    return count === 0
  }
  const walk = (chain: string): string => {
    const rules = chains.get(chain)!.filter(leads)
    const index = rules.findIndex((rule, at) => isTaken(chain, at, rule))
    const { address, chain: next } = targetOf(rules[index]!)
    return next === undefined ? address! : walk(next)
  }
  return () => walk(entrance(chains))
}

for (const count of [1, 8, 9, 63, 319, 1000])
  test(`01 in turn: each of ${count} endpoints comes once in a round, in the same order`, async (t) => {
    const next = turnsThrough(await service(count, 'roundRobin'))
    const round = (): string[] => Array.from({ length: count }, next)
    const first = round()
    t.deepEqual([...first].sort(), addressesOf(count).sort())
    t.deepEqual(round(), first)
    t.deepEqual(round(), first)
  })

test('01 many endpoints are found in few steps', async (t) => {
  for (const rules of (await service(1000, 'roundRobin')).values())
    t.true(rules.filter(leads).length <= 16, rules.join('\n'))
})

test('09 services whose names, ports and protocols join to the same text have chains of their own', async (t) => {
  const [clusterIPs, endpoints] = [['10.96.0.1'], ['10.244.0.11']]
  const names = ['a/bc', 'ab/c', 'a', 'a1', 'a1/tcp', 'a/tcp1']
  const services = names.map((name, index) => {
    const ports = [1, 11].flatMap((port) =>
      (['tcp', 'udp'] as const).map((protocol) => ({
        name: `${protocol}-${port}`,
        protocol,
        port: port + 100 * index,
      })),
    )
    return [name, { clusterIPs, endpoints, ports }] as const
  })
  const chains = await chainsOf(servicesYaml(Object.fromEntries(services)))
  t.is([...chains.keys()].filter((name) => name.includes('-SVC-')).length, names.length * 4)
})
