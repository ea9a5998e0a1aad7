import test from 'ava'
import fc from 'fast-check'
import { assignAddresses, unknownAddressing } from '../../../src/config/cluster/assign.ts'
import type { Addressing } from '../../../src/config/cluster/assign.ts'
import type { Pod, WrittenConfig } from '../../../src/config/config.ts'
import { contains, familyOf } from '../../../src/net/addresses.ts'
import { addressAt, sizeOf } from '../../../src/net/subnets.ts'
import { fleetOf } from './fleets.ts'

interface Case {
  readonly config: WrittenConfig
  readonly podCIDRs: readonly string[]
  readonly addressing: Addressing
  readonly has: ReadonlyMap<string, readonly string[]>
}

const podCIDRs = fc.constantFrom(
  ['10.244.0.0/27'],
  ['10.244.0.0/29'],
  ['fd00:244::/125'],
  ['10.244.0.0/28', 'fd00:244::/64'],
)

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/), {
  minLength: 1,
  maxLength: 12,
})

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Any address of the first places of a prefix, those that no pod can have with them. */
const addressesIn = (prefix: string): fc.Arbitrary<string> =>
  fc.bigInt(0n, least(sizeOf(prefix) - 1n, 40n)).map((place) => addressAt(prefix, place))

const podsOf = (
  all: readonly string[],
  cidrs: readonly string[],
): fc.Arbitrary<Record<string, Pod>> =>
  fc
    .tuple(...all.map(() => fc.option(addressesIn(cidrs[0] ?? ''), { nil: undefined, freq: 4 })))
    .map((given) =>
      Object.fromEntries(
        all.map((name, index): [string, Pod] => {
          const address = given[index]
          return [name, address === undefined ? {} : { address }]
        }),
      ),
    )

const cases: fc.Arbitrary<Case> = fc.tuple(podCIDRs, names).chain(([cidrs, all]) => {
  const addresses = fc.oneof(...cidrs.map(addressesIn), fc.constant('172.17.0.2'))
  return fc
    .record({
      pods: podsOf(all, cidrs),
      reserved: fc.array(addresses, { maxLength: 3 }),
      others: fc.array(addresses, { maxLength: 4 }),
      has: fc.array(fc.tuple(fc.constantFrom(...all), addresses), { maxLength: 6 }),
    })
    .map(({ pods, reserved, others, has }) => {
      const held = new Map<string, string[]>()
      for (const [name, address] of has)
        held.set(name, [...(held.get(name) ?? []), `${address}/24`])
      return {
        config: { cluster: { podCIDR: cidrs, reserved }, pods },
        podCIDRs: cidrs,
        has: held,
        addressing: {
          of: (namespace: string) => held.get(namespace) ?? [],
          all: [...others.map((one) => `${one}/24`), ...[...held.values()].flat()],
          ours: [],
        },
      }
    })
})

const assign = (
  config: WrittenConfig,
  addressing: Addressing,
): ReturnType<typeof assignAddresses> => {
  const cluster = config.cluster ?? { podCIDR: '' }
  const fleet = fleetOf(cluster)
  const [node] = fleet.nodes
  if (!node) throw new Error('no node')
  return assignAddresses(config, fleet, node, addressing)
}

const plain = (address: string): string => address.split('/')[0] ?? ''

const reversed = <T>(map: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(map).reverse())

test('the order of the pods changes nothing', (t) => {
  fc.assert(
    fc.property(cases, ({ config, addressing }) => {
      const { assigned } = assign(config, addressing)
      const other = assign({ ...config, pods: reversed(config.pods ?? {}) }, addressing)
      t.deepEqual([...other.assigned].sort(), [...assigned].sort())
    }),
  )
})

test('nobody gets what another pod has, the file gives, or the node has elsewhere', (t) => {
  fc.assert(
    fc.property(cases, ({ config, addressing, has }) => {
      const { assigned } = assign(config, addressing)
      const all = [...assigned.values()].flat()
      t.is(new Set(all).size, all.length)
      const given = Object.values(config.pods ?? {}).flatMap(({ address = [] }) => address)
      const foreign = addressing.all.map(plain)
      for (const [name, addresses] of assigned) {
        const own = (has.get(name) ?? []).map(plain)
        for (const address of addresses) {
          t.false(given.includes(address), `${address} is given`)
          if (!own.includes(address)) t.false(foreign.includes(address), `${address} is there`)
        }
      }
    }),
  )
})

test('never that of the network, the gateway or broadcasts, and nothing reserved anew', (t) => {
  fc.assert(
    fc.property(cases, ({ config, addressing, has, podCIDRs: cidrs }) => {
      const { assigned } = assign(config, addressing)
      for (const [name, addresses] of assigned) {
        const own = (has.get(name) ?? []).map(plain)
        for (const address of addresses) {
          const cidr = cidrs.find((one) => contains(one, address)) ?? ''
          t.not(address, addressAt(cidr, 0n))
          t.not(address, addressAt(cidr, 1n))
          if (familyOf(cidr) === 'inet') t.not(address, addressAt(cidr, -1n))
          const isReserved = config.cluster?.reserved?.some((one) => contains(one, address))
          if (!own.includes(address)) t.not(isReserved, true)
        }
      }
    }),
  )
})

test('one of each family, or it is said who has none', (t) => {
  fc.assert(
    fc.property(cases, ({ config, addressing, podCIDRs: cidrs }) => {
      const { assigned, problems } = assign(config, addressing)
      const auto = Object.entries(config.pods ?? {}).filter(([, { address }]) => !address)
      const found = [...assigned.values()].flat().length
      t.is(assigned.size, auto.length)
      t.is(found + problems.length, auto.length * cidrs.length)
    }),
  )
})

test('what a pod has it keeps, whoever comes and goes', (t) => {
  fc.assert(
    fc.property(cases, names, ({ config, podCIDRs: cidrs }, newcomers) => {
      const first = assign(config, unknownAddressing)
      const held: Addressing = {
        of: (namespace) => first.assigned.get(namespace) ?? [],
        all: [...first.assigned.values()].flat(),
        ours: [],
      }
      const gone = Object.entries(config.pods ?? {}).filter((_, index) => index % 3 !== 1)
      const come = newcomers
        .filter((name) => !Object.hasOwn(config.pods ?? {}, name))
        .map((name): [string, Pod] => [name, {}])
      const second = assign({ ...config, pods: Object.fromEntries([...come, ...gone]) }, held)
      for (const [name, { address }] of gone) {
        const had = first.assigned.get(name) ?? []
        // Who had none, for all were taken, may get one now.
        if (!address && had.length === cidrs.length) t.deepEqual(second.assigned.get(name), had)
      }
      t.true(cidrs.length > 0)
    }),
  )
})

test('where nothing is free, what goes in the same plan is given on', (t) => {
  const taken = ['10.244.0.2', '10.244.0.3', '10.244.0.4', '10.244.0.5', '10.244.0.6']
  const pods = { a: {}, new: {} }
  const { assigned, problems } = assign(
    { cluster: { podCIDR: '10.244.0.0/29' }, pods },
    {
      of: (pod) => (pod === 'a' ? ['10.244.0.2'] : []),
      all: taken,
      ours: ['10.244.0.2', '10.244.0.4'],
    },
  )
  t.deepEqual(problems, [])
  t.deepEqual(
    [...assigned],
    [
      ['a', ['10.244.0.2']],
      ['new', ['10.244.0.4']],
    ],
  )
})

test('by name, the lowest that is free', (t) => {
  const { assigned, problems } = assign(
    {
      cluster: { podCIDR: '10.244.0.0/28', reserved: ['10.244.0.2', '10.244.0.8/30'] },
      pods: { c: {}, b: {}, a: { address: '10.244.0.4' }, d: {}, f: {}, e: {}, g: {}, h: {} },
    },
    { of: () => [], all: ['10.244.0.6/24'], ours: [] },
  )
  t.deepEqual(Object.fromEntries(assigned), {
    b: ['10.244.0.3'],
    c: ['10.244.0.5'],
    d: ['10.244.0.7'],
    e: ['10.244.0.12'],
    f: ['10.244.0.13'],
    g: ['10.244.0.14'],
    h: [],
  })
  t.deepEqual(
    problems.map(({ path }) => path),
    [['pods', 'h']],
  )
})

test('a large part that is reserved is passed over at once', (t) => {
  const { assigned } = assign(
    {
      cluster: { podCIDR: 'fd00:244::/48', reserved: ['fd00:244::/56', 'fd00:244:0:100::/64'] },
      pods: { a: {} },
    },
    unknownAddressing,
  )
  t.deepEqual(assigned.get('a'), ['fd00:244:0:101::'])
})
