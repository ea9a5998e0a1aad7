// Which address is given, on a store in memory.
import test from 'ava'
import { CniError } from '../../../src/cni/errors.ts'
import { allocate, hasRoom, release } from '../../../src/cni/ipam/allocate.ts'
import { readRanges } from '../../../src/cni/ipam/ranges.ts'
import type { RangeSet } from '../../../src/cni/ipam/ranges.ts'
import type { Holder, Store } from '../../../src/cni/ipam/store.ts'

const openMemory = (): Store => {
  const held = new Map<string, Holder>()
  const lasts = new Map<number, string>()
  return {
    list: () => Promise.resolve(new Map(held)),
    names: () => Promise.resolve(new Set(held.keys())),
    take: (address, holder) => {
      if (held.has(address)) return Promise.resolve(false)
      held.set(address, holder)
      return Promise.resolve(true)
    },
    release: (address) => {
      held.delete(address)
      return Promise.resolve()
    },
    last: (set) => Promise.resolve(lasts.get(set)),
    remember: (set, address) => {
      lasts.set(set, address)
      return Promise.resolve()
    },
    tidy: () => Promise.resolve(),
  }
}

interface Pool {
  readonly store: Store
  readonly sets: readonly RangeSet[]
  /** For a container by that name. */
  add(name: string, ...requested: string[]): Promise<readonly string[]>
  del(name: string): Promise<void>
  hasRoom(): Promise<boolean>
}

const openPool = (ranges: readonly (readonly object[])[], ...reserved: string[]): Pool => {
  const store = openMemory()
  const sets = readRanges({ value: { ipam: { ranges } }, path: '' })
  const pool = { store, reserved }
  return {
    ...{ store, sets },
    add: async (containerId, ...requested) =>
      (await allocate(sets, requested, pool, { containerId, ifname: 'eth0' })).map(
        ({ address }) => address,
      ),
    del: (name) => release(store, ({ containerId }) => containerId === name),
    hasRoom: () => hasRoom(sets, pool),
  }
}

const exhausted = { instanceOf: CniError, message: /^no address is left of / }

test('addresses are given in turn; one that is given back rests until all others were given', async (t) => {
  const pool = openPool([[{ subnet: '10.1.0.0/29' }]])
  t.deepEqual(await pool.add('a'), ['10.1.0.2/29'])
  t.deepEqual(await pool.add('b'), ['10.1.0.3/29'])
  await pool.del('a')
  t.deepEqual(await pool.add('c'), ['10.1.0.4/29'])
  t.deepEqual(await pool.add('d'), ['10.1.0.5/29'])
  t.deepEqual(await pool.add('e'), ['10.1.0.6/29'])
  t.deepEqual(await pool.add('f'), ['10.1.0.2/29'])
  t.false(await pool.hasRoom())
  await t.throwsAsync(pool.add('g'), exhausted)
  await pool.del('c')
  t.true(await pool.hasRoom())
  t.deepEqual(await pool.add('g'), ['10.1.0.4/29'])
})

test('a set goes on in its next range, and begins anew behind the last', async (t) => {
  const pool = openPool([
    [
      { subnet: '10.1.0.0/30' },
      { subnet: '10.2.0.0/24', rangeStart: '10.2.0.9', rangeEnd: '10.2.0.9' },
    ],
  ])
  t.deepEqual(await pool.add('a'), ['10.1.0.2/30'])
  t.deepEqual(await pool.add('b'), ['10.2.0.9/24'])
  await pool.del('a')
  t.deepEqual(await pool.add('c'), ['10.1.0.2/30'])
  await t.throwsAsync(pool.add('d'), exhausted)
})

test('each set gives one address; where one has none left, none is taken', async (t) => {
  const pool = openPool([
    [{ subnet: '10.1.0.0/24' }],
    [{ subnet: 'fd00::/64', rangeStart: 'fd00::9', rangeEnd: 'fd00::9' }],
  ])
  t.deepEqual(await pool.add('a'), ['10.1.0.2/24', 'fd00::9/64'])
  await t.throwsAsync(pool.add('b'), exhausted)
  t.deepEqual([...(await pool.store.names())].sort(), ['10.1.0.2', 'fd00::9'])
})

test('a gateway is not given, wherever it is', async (t) => {
  const subnet = '10.1.0.0/29'
  const pool = openPool([[{ subnet, gateway: '10.1.0.3', rangeStart: '10.1.0.2' }]])
  t.deepEqual(await pool.add('a'), ['10.1.0.2/29'])
  t.deepEqual(await pool.add('b'), ['10.1.0.4/29'])
})

test('what is reserved is given to nobody', async (t) => {
  const pool = openPool([[{ subnet: '10.1.0.0/28' }]], '10.1.0.2', '10.1.0.4/30', 'fd00::/8')
  t.deepEqual(await pool.add('a'), ['10.1.0.3/28'])
  t.deepEqual(await pool.add('b'), ['10.1.0.8/28'])
  await t.throwsAsync(pool.add('c', '10.1.0.5'), { message: '10.1.0.5 is reserved' })
})

test('half of a /64 that is reserved is stepped over at once', async (t) => {
  const pool = openPool([[{ subnet: 'fd00::/64' }]], 'fd00::/65')
  t.true(await pool.hasRoom())
  t.deepEqual(await pool.add('a'), ['fd00::8000:0:0:0/64'])
  t.deepEqual(await pool.add('b'), ['fd00::8000:0:0:1/64'])
})

test('all of a /64 is reserved: there is no room', async (t) => {
  const pool = openPool([[{ subnet: 'fd00::/64' }]], 'fd00::/16')
  t.false(await pool.hasRoom())
  await t.throwsAsync(pool.add('a'), exhausted)
})

test('a last address of before the ranges were changed counts for nothing', async (t) => {
  for (const last of ['10.9.0.9', 'fd00::9', '255.255.255.255', '0.0.0.0']) {
    const pool = openPool([[{ subnet: '10.1.0.0/24' }]])
    await pool.store.remember(0, last)
    t.deepEqual(await pool.add('a'), ['10.1.0.2/24'], last)
  }
})

test('behind the very last address it begins anew', async (t) => {
  const pool = openPool([[{ subnet: '10.1.0.0/24' }]])
  await pool.store.remember(0, '10.1.0.254')
  t.deepEqual(await pool.add('a'), ['10.1.0.2/24'])
})

test('an address that is asked for stands for its set, the others give theirs', async (t) => {
  const pool = openPool([[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00::/64' }]])
  t.deepEqual(await pool.add('a', '10.1.0.99/16'), ['10.1.0.99/24', 'fd00::2/64'])
  t.deepEqual(await pool.add('b', 'FD00::0007', '10.1.0.7'), ['fd00::7/64', '10.1.0.7/24'])
  t.deepEqual(
    await pool.add('c'),
    ['10.1.0.2/24', 'fd00::3/64'],
    'what was asked for moves no turn',
  )
})

const refusals: Readonly<Record<string, readonly [readonly string[], string]>> = {
  'of no range': [['10.9.0.1'], '10.9.0.1 is in no range of this network'],
  'of the other family': [['fd00::1'], 'fd00::1 is in no range of this network'],
  'of the gateway': [['10.1.0.1'], '10.1.0.1 is reserved'],
  'of somebody else': [['10.1.0.50'], '10.1.0.50 is given to somebody else'],
  'twice the same': [['10.1.0.7', '10.1.0.7'], '10.1.0.7 is given to somebody else'],
  'a second one of no range': [['10.1.0.7', '10.9.0.1'], '10.9.0.1 is in no range of this network'],
}

for (const [title, [requested, message]] of Object.entries(refusals))
  test(`asked for, and refused: ${title}`, async (t) => {
    const pool = openPool([[{ subnet: '10.1.0.0/24' }]])
    await pool.add('other', '10.1.0.50')
    const error = await t.throwsAsync(pool.add('a', ...requested), {
      ...{ instanceOf: CniError, message },
    })
    t.is(error.code, 102)
    t.deepEqual([...(await pool.store.names())], ['10.1.0.50'])
  })

test('who has an address gets no second one for the same device, and keeps the first', async (t) => {
  const pool = openPool([[{ subnet: '10.1.0.0/24' }]])
  await pool.add('a')
  await t.throwsAsync(pool.add('a'), { message: 'a has an address for eth0 already' })
  t.deepEqual([...(await pool.store.names())], ['10.1.0.2'])
})
