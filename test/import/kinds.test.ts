import test from 'ava'
import { describeNode } from '../../src/import/index.ts'
import { mergeFamilies } from '../../src/import/families.ts'
import { leaveOut } from '../../src/import/prune.ts'
import { writeDraft } from '../../src/import/write.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Draft } from '../../src/import/draft.ts'
import type { Scene } from '../../src/import/scene.ts'
import { kinds } from '../../src/resources/index.ts'
import type { Resource } from '../../src/resources/kind.ts'

const owner = { name: 'netplan', id: 111, records: new Map() }

const engine = {
  kind: 'iptables',
  namespace: '',
  programs: { backend: 'nft', plain: false },
  builtIns: {},
  attributes: { backend: 'nft' },
} as Resource

const scene = (observed: readonly Resource[]): Scene => ({
  observed: [engine, ...observed],
  owner,
  scope: 'take',
  others: [],
  daemons: false,
})

const node = { namespace: '', mark: 0 }

const bridge = {
  ...node,
  kind: 'link',
  name: 'br0',
  type: 'bridge',
  attributes: { type: 'bridge', up: true, mtu: 1500, mac: null, bridge: null },
}

const vxlan = {
  ...node,
  kind: 'link',
  name: 'vx0',
  type: 'vxlan',
  attributes: { ...bridge.attributes, type: 'vxlan', id: 7, device: null, group: null },
}

const chain = { ...node, kind: 'chain', family: 'inet', table: 'filter', mark: 111 }

/** Of each kind something that is on a node, and what a file says of it. */
const examples: Readonly<Record<string, readonly [Resource, unknown]>> = {
  namespace: [
    {
      ...node,
      kind: 'namespace',
      name: 'pod1',
      path: '/run/netns/pod1',
      managed: true,
      attributes: {},
    } as Resource,
    { namespaces: { pod1: {} } },
  ],
  link: [bridge, { bridges: { br0: {} } }],
  address: [
    { ...node, kind: 'address', link: 'br0', address: '10.9.0.1/24', attributes: {} } as Resource,
    { bridges: { br0: { addresses: ['10.9.0.1/24'] } } },
  ],
  neighbor: [
    {
      ...node,
      kind: 'neighbor',
      link: 'br0',
      address: '10.9.0.2',
      proxy: false,
      attributes: { mac: '02:00:00:00:00:02' },
    } as Resource,
    { bridges: { br0: { neighbors: [{ address: '10.9.0.2', mac: '02:00:00:00:00:02' }] } } },
  ],
  fdb: [
    {
      ...node,
      kind: 'fdb',
      link: 'vx0',
      mac: '02:00:00:00:00:02',
      remote: '192.0.2.1',
      attributes: { port: null, vni: null },
    } as Resource,
    { vxlans: { vx0: { id: 7, fdb: [{ mac: '02:00:00:00:00:02', remote: '192.0.2.1' }] } } },
  ],
  route: [
    {
      ...node,
      kind: 'route',
      family: 'inet',
      to: '10.8.0.0/16',
      table: 254,
      metric: 0,
      attributes: { type: 'blackhole' },
    } as Resource,
    { routes: [{ to: '10.8.0.0/16', type: 'blackhole' }] },
  ],
  rule: [
    {
      ...node,
      kind: 'rule',
      family: 'inet6',
      priority: 5,
      words: ['from', 'all', 'iif', 'br0', 'table', '254'],
      attributes: {},
    } as Resource,
    { rules: [{ priority: 5, iif: 'br0', table: 'main', family: 'inet6' }] },
  ],
  sysctl: [
    {
      ...node,
      kind: 'sysctl',
      path: 'net/ipv4/ip_forward',
      attributes: { value: '1' },
    } as Resource,
    { sysctls: { 'net.ipv4.ip_forward': 1 } },
  ],
  chain: [
    {
      ...chain,
      chain: 'NP111-FORWARD',
      attributes: { rules: ['-s 10.9.0.0/24 -j ACCEPT'] },
    } as Resource,
    { forwarding: [{ source: '10.9.0.0/24' }] },
  ],
}

/** What is made by what leads to it, or by itself. */
const implied = new Set(['iptables', 'jump', 'flow'])

test('every kind is given back, or comes with another one', (t) => {
  const known = [...Object.keys(examples), ...implied]
  t.deepEqual(known.sort(), kinds.map(({ name }) => name).sort())
  for (const [kind, [resource, expected]] of Object.entries(examples)) {
    const carrier =
      kind === 'address' || kind === 'neighbor' ? [bridge] : kind === 'fdb' ? [vxlan] : []
    const { config, omissions } = describeNode(scene([...carrier, resource]))
    t.deepEqual(config as unknown, expected, kind)
    t.deepEqual(omissions, [], kind)
  }
})

test('rules that could not be read are told', (t) => {
  const { omissions } = describeNode({ ...scene([]), observed: [] })
  t.deepEqual(
    omissions.map(({ what }) => what),
    ['rules of iptables'],
  )
})

test('two families are one list in which each keeps its order', (t) => {
  const said = (text: string): { entry: { text: string }; isOpen: boolean }[] =>
    text.split('').map((letter) => ({
      entry: { text: letter },
      isOpen: letter !== letter.toUpperCase(),
    }))
  const merge = (four: string, six: string): string =>
    mergeFamilies(said(four), said(six), ({ text }, family) => ({
      text: `${text}${family === 'inet' ? 4 : 6}`,
    }))
      .map(({ text }) => text)
      .join(' ')
  t.is(merge('abc', 'abc'), 'a b c')
  t.is(merge('abc', 'xbc'), 'a4 x6 b c')
  t.is(merge('Abc', 'cb'), 'A c6 b c4')
  t.is(merge('', 'aB'), 'a6 B')
  t.is(merge('aa', 'a'), 'a a4')
})

const draft: Draft = {
  config: {
    bridges: {
      br0: { addresses: ['10.9.0.1/24'], neighbors: [{ address: '10.9.0.2', mac: 'x' }] },
    },
    rules: [{ priority: 1 }, { priority: 2 }],
    sysctls: { 'net.ipv4.ip_forward': 1 },
  },
  omissions: [],
  remarks: [{ path: ['bridges', 'br0'], text: 'a bridge' }],
  lacksServices: false,
  theirs: {},
}

test('the smallest thing around a place is left out, and what is empty then with it', (t) => {
  const item = leaveOut(draft, ['bridges', 'br0', 'neighbors', 0, 'mac'], 'wrong')
  t.deepEqual(item?.config.bridges, { br0: { addresses: ['10.9.0.1/24'] } })
  t.deepEqual(item?.omissions, [
    { what: 'bridges br0 neighbors: address 10.9.0.2 mac x', why: 'wrong' },
  ])
  t.is(item?.remarks.length, 1)
  const link = leaveOut(draft, ['bridges', 'br0', 'mtu'], 'wrong')
  t.false(Object.hasOwn(link?.config ?? {}, 'bridges'))
  t.deepEqual(link?.remarks, [])
  t.deepEqual(leaveOut(draft, ['rules', 0], 'x')?.config.rules, [{ priority: 2 }])
  t.false(
    Object.hasOwn(
      leaveOut(draft, ['sysctls', 'net.ipv4.ip_forward'], 'x')?.config ?? {},
      'sysctls',
    ),
  )
  t.is(leaveOut(draft, [], 'x'), undefined)
})

test('whatever the names are, comments end where they end, and values are read as they were', async (t) => {
  const hostile = [
    'yes',
    'null',
    '0x10',
    '1e3',
    '# x',
    "a'b",
    'a: b',
    '\u202ex',
    '-',
    '{',
    '*a',
    '${x}',
  ]
  const config = { routes: hostile.map((device) => ({ to: '10.8.0.0/16', device })) }
  const omissions = [{ what: 'x\nbridges: { evil: {} }\u001b[31m', why: 'y\nz: 1' }]
  const text = writeDraft({ ...draft, remarks: [], config, omissions }, 'a\nb: {}')
  t.false(text.includes('\u001b'))
  const loaded = await loadConfig({ files: ['-'], readStdin: () => Promise.resolve(text) })
  // Such devices are not there, and nothing else is wrong.
  t.false(loaded.ok)
  if (loaded.ok) return
  t.true(loaded.diagnostics.every(({ location }) => (location?.line ?? 0) > 3))
  for (const name of ['evil', 'z', 'b']) t.notRegex(text, new RegExp(`^${name}`, 'm'))
})
