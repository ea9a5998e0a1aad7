// Addresses on disk, as host-local has them: on one folder, in turn and at once.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { allocate, release } from '../../../src/cni/ipam/allocate.ts'
import { readRanges } from '../../../src/cni/ipam/ranges.ts'
import { openStore } from '../../../src/cni/ipam/store.ts'
import { run } from '../../run.ts'
import { reference, referencePath } from '../contenders.ts'

const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00::/64' }]]

const openFolder = (t: ExecutionContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-ipam-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

type Allocator = Readonly<
  Record<'add', (containerId: string) => Promise<readonly string[]>> &
    Record<'del', (containerId: string) => Promise<void>>
>

const openOurs = (folder: string): Allocator => {
  const store = openStore(folder, 'pods')
  const sets = readRanges({ value: { ipam: { ranges } }, path: '' })
  return {
    add: async (containerId) => {
      const holder = { containerId, ifname: 'eth0' }
      const ips = await allocate(sets, [], { store, reserved: [] }, holder)
      return ips.map(({ address }) => address)
    },
    del: (containerId) => release(store, (holder) => holder.containerId === containerId),
  }
}

const openTheirs = (folder: string): Allocator => {
  const ask = async (command: string, containerId: string): Promise<string> => {
    const env = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: containerId,
      ...{ CNI_NETNS: '/run/netns/none', CNI_IFNAME: 'eth0', CNI_PATH: referencePath },
    }
    const ipam = { type: 'host-local', dataDir: folder, ranges }
    const input = JSON.stringify({ cniVersion: '1.0.0', name: 'pods', type: 'bridge', ipam })
    const ended = await run([join(referencePath, 'host-local')], { env, input })
    if (ended.code !== 0) throw new Error(`${command}: ${ended.stdout}${ended.stderr}`)
    return ended.stdout
  }
  return {
    add: async (containerId) => {
      const { ips } = JSON.parse(await ask('ADD', containerId)) as { ips: { address: string }[] }
      return ips.map(({ address }) => address)
    },
    del: async (containerId) => {
      await ask('DEL', containerId)
    },
  }
}

const leasesIn = (folder: string): string[] =>
  readdirSync(join(folder, 'pods'))
    .filter((name) => name !== 'lock' && !name.startsWith('last_reserved_ip.'))
    .sort()

const testBoth = reference.isHere ? test : test.skip

testBoth(
  'host-local goes on where we were, gives back what we gave, and the other way',
  async (t) => {
    const folder = openFolder(t)
    const [ours, theirs] = [openOurs(folder), openTheirs(folder)]
    t.deepEqual(await ours.add('a'), ['10.1.0.2/24', 'fd00::2/64'])
    t.deepEqual(await theirs.add('b'), ['10.1.0.3/24', 'fd00::3/64'])
    t.deepEqual(await ours.add('c'), ['10.1.0.4/24', 'fd00::4/64'])
    await t.throwsAsync(theirs.add('a'), { message: /duplicate allocation/ })
    await t.throwsAsync(ours.add('b'), { message: 'b has an address for eth0 already' })
    await theirs.del('a')
    await ours.del('b')
    t.deepEqual(leasesIn(folder), ['10.1.0.4', 'fd00::4'])
    await theirs.del('c')
    t.deepEqual(leasesIn(folder), [])
  },
)

testBoth('both write the same files', async (t) => {
  const read = async (open: (folder: string) => Allocator): Promise<unknown> => {
    const folder = openFolder(t)
    await open(folder).add('abc')
    const names = readdirSync(join(folder, 'pods')).filter((name) => name !== 'lock')
    return names.sort().map((name) => [name, readFileSync(join(folder, 'pods', name), 'utf8')])
  }
  t.deepEqual(await read(openOurs), await read(openTheirs))
})

testBoth('30 at once, half of them by host-local: no address twice', async (t) => {
  const folder = openFolder(t)
  const [ours, theirs] = [openOurs(folder), openTheirs(folder)]
  const names = Array.from({ length: 30 }, (_, index) => `c${index}`)
  const given = await Promise.all(
    names.map((name, index) => (index % 2 === 0 ? ours : theirs).add(name)),
  )
  const addresses = given.flat().map((address) => address.split('/')[0])
  t.is(addresses.length, 60)
  t.deepEqual(leasesIn(folder), [...new Set(addresses)].sort() as string[])
  await Promise.all(names.map((name, index) => (index % 2 === 0 ? theirs : ours).del(name)))
  t.deepEqual(leasesIn(folder), [])
})

test("what is no address is nobody's, and is left alone", async (t) => {
  const folder = openFolder(t)
  mkdirSync(join(folder, 'pods'))
  for (const name of ['lock', 'last_reserved_ip.0', 'README', '.keep', '10.1.0'])
    writeFileSync(join(folder, 'pods', name), name)
  const store = openStore(folder, 'pods')
  t.deepEqual([...(await store.list()).keys()], [])
  await release(store, () => true)
  await store.tidy()
  t.is(readdirSync(join(folder, 'pods')).length, 5)
})

test('what was killed while it wrote holds nothing: a draft, an empty last address', async (t) => {
  const folder = openFolder(t)
  mkdirSync(join(folder, 'pods'))
  const draft = join(folder, 'pods', '.0123456789abcdef')
  writeFileSync(draft, 'a\r\neth0')
  writeFileSync(join(folder, 'pods', 'last_reserved_ip.0'), '')
  t.deepEqual(await openOurs(folder).add('a'), ['10.1.0.2/24', 'fd00::2/64'])
  await openStore(folder, 'pods').tidy()
  t.deepEqual(leasesIn(folder), ['10.1.0.2', 'fd00::2'])
})

test('an address whose holder was never written is given to nobody, until it is given back', async (t) => {
  const folder = openFolder(t)
  mkdirSync(join(folder, 'pods'))
  writeFileSync(join(folder, 'pods', '10.1.0.2'), '')
  t.deepEqual(await openOurs(folder).add('a'), ['10.1.0.3/24', 'fd00::2/64'])
  const store = openStore(folder, 'pods')
  await release(store, ({ containerId }) => containerId !== 'a')
  t.deepEqual(leasesIn(folder), ['10.1.0.3', 'fd00::2'])
})

test('a folder that is not there has no addresses', async (t) => {
  const store = openStore(join(openFolder(t), 'none'), 'pods')
  t.deepEqual([...(await store.names())], [])
  t.is(await store.last(0), undefined)
  await store.release('10.1.0.2')
  await t.notThrowsAsync(store.tidy())
})
