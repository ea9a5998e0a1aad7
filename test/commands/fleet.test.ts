import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { checkFleet } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { netplan } from './cli.ts'

const folder = mkdtempSync('/run/netplan-test-')
const snapshots = join(folder, 'snapshots')
const nodes = [1, 2, 3].map((number) => ({ number, node: createNode() }))

test.after.always(() => {
  for (const { node } of nodes) node.remove()
  rmSync(folder, { recursive: true })
})

const fleet = (names: readonly number[], more = ''): string => {
  const list = names.map(
    (number) => `    n${String(number)}: { address: 172.16.0.${String(number)} }`,
  )
  return [
    'cluster:',
    '  podCIDR: 10.244.0.0/16',
    '  nodeCIDR: 172.16.0.0/24',
    '  podCIDRFrom: hostNumber',
    '  interface: eth0',
    '  nodes:',
    ...list,
    more,
  ].join('\n')
}

const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const old = write('old.yaml', fleet([1, 2, 3]))

const plan = (file: string, ...args: string[]): ReturnType<typeof netplan> =>
  netplan(['plan', '--fleet', '-f', file, ...args])

const fromSnapshots = (file: string, ...args: string[]): ReturnType<typeof netplan> =>
  plan(file, '--snapshots', snapshots, ...args)

test.before(async (t) => {
  mkdirSync(snapshots)
  for (const { number, node } of nodes) {
    node.ip('link add name eth0 type veth peer name other0')
    node.ip(`address add 172.16.0.${String(number)}/24 dev eth0`)
    node.ip('link set dev other0 up')
    node.ip('link set dev eth0 up')
    const at = ['-f', old, '--netns', node.name]
    const applied = await netplan(['apply', ...at, '--auto-approve'])
    t.is(applied.code, 0, applied.stdout + applied.stderr)
    const file = join(snapshots, `${String(number)}.json`)
    const taken = await netplan(['show', ...at, '--snapshot', file])
    t.is(taken.code, 0, taken.stderr)
  }
})

test.serial(
  'every node is planned from its snapshot; which it is, its addresses tell',
  async (t) => {
    const expected = 'n1, n2, n3: no changes'.replace(/^/, '3 nodes: ')
    t.deepEqual(await fromSnapshots(old, '--detailed-exitcode'), {
      code: 0,
      stdout:
        `${expected}\n\n` +
        'Plan for 3 nodes: 0 to change; 0 to add, 0 to change, 0 to replace, 0 to destroy.\n',
      stderr: '',
    })
  },
)

const head = `${' '.repeat(64)}      add   change  replace  destroy`

const row = (name: string, counts: readonly number[]): string =>
  name.padEnd(64) + counts.map((count) => String(count).padStart(9)).join('')

test.serial('what happens to several nodes is shown once', async (t) => {
  const file = write(
    'routes.yaml',
    fleet([1, 2, 3], 'routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]'),
  )
  const { code, stdout } = await fromSnapshots(file, '--detailed-exitcode')
  t.is(code, 2)
  t.deepEqual(stdout.split('\n'), [
    head,
    row('3 nodes: n1, n2, n3', [1, 0, 0, 0]),
    '  + route 10.9.0.0/16',
    '',
    'Plan for 3 nodes: 3 to change; 3 to add, 0 to change, 0 to replace, 0 to destroy.',
    '',
  ])
})

test.serial('a node of a fleet has the plan that it has alone', async (t) => {
  const file = write(
    'moved.yaml',
    fleet([1, 2, 3], 'routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]').replace(
      '172.16.0.2 }',
      '172.16.0.2, overlay: { bridges: { cni0: { stp: true } } } }',
    ),
  )
  const { stdout } = await fromSnapshots(file, '--json')
  const { nodes: found } = checkFleet(JSON.parse(stdout))
  t.is(stdout.split('\n').length, 6)
  for (const { node, changes, summary } of found) {
    const state = join(snapshots, `${node.slice(1)}.json`)
    const alone = await netplan(['plan', '-f', file, '--state', state, '--json'])
    const document = JSON.parse(alone.stdout) as Readonly<Record<string, unknown>>
    t.deepEqual({ node, changes, summary }, {
      node: document['node'],
      changes: document['changes'],
      summary: document['summary'],
    } as unknown)
  }
})

test.serial('who has no plan, no snapshot or no place is named, behind all others', async (t) => {
  const broken = join(snapshots, 'broken.json')
  const double = join(snapshots, 'double.json')
  writeFileSync(broken, '{')
  copyFileSync(join(snapshots, '1.json'), double)
  const file = write(
    'other.yaml',
    fleet(
      [1, 2, 4],
      'routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]\nsysctls: { net.ipv4.tcp_sack: 1 }',
    ),
  )
  const { code, stdout } = await fromSnapshots(file, '--detailed-exitcode')
  rmSync(broken)
  rmSync(double)
  t.is(code, 1)
  const [, , name] = nodes.map(({ node }) => node.name)
  const lines = stdout.split('\n')
  const lacks = 'has no kernel parameter net/ipv4/tcp_sack of the node itself; '
  t.true(
    lines[0]?.startsWith(`n1: no plan: error: the snapshot ${join(snapshots, '1.json')} ${lacks}`),
    lines[0],
  )
  t.true(
    lines[1]?.startsWith(`n2: no plan: error: the snapshot ${join(snapshots, '2.json')} ${lacks}`),
  )
  t.is(lines[2], `${String(name)}: there is a snapshot of it, and it is not in the configuration`)
  t.regex(
    String(lines[3]),
    /broken\.json: no plan: error: .*broken\.json is no snapshot: it is not JSON/,
  )
  t.regex(String(lines[4]), /double\.json: no plan: error: it is a snapshot of n1, and so is /)
  t.is(lines[5], 'n4: there is no snapshot of it (--missing new plans it as a new node)')
  t.is(
    lines[7],
    'Plan for 6 nodes: 0 to change, 4 without a plan, 1 without a snapshot, 1 not in the configuration; ' +
      '0 to add, 0 to change, 0 to replace, 0 to destroy.',
  )
})

test.serial(
  'against another version: what each node would see, and no node is asked',
  async (t) => {
    const file = write('new.yaml', fleet([1, 2, 4]))
    const { code, stdout, stderr } = await plan(file, '--against', old, '--detailed-exitcode')
    t.deepEqual([code, stderr], [2, ''])
    t.deepEqual(stdout.split('\n'), [
      head,
      row('2 nodes: n1, n2', [1, 0, 0, 1]),
      '  - route 10.244.3.0/24',
      '  + route 10.244.4.0/24',
      row('n4', [6, 1, 0, 0]),
      '  + bridge cni0',
      '  + address 10.244.4.1/24 on cni0',
      '  + route 10.244.1.0/24',
      '  + route 10.244.2.0/24',
      '  ~ sysctl net.ipv4.ip_forward',
      '  + chain NP111-FORWARD in filter',
      '  + jumps in filter FORWARD',
      'n3: it is not in the configuration any more, and stays as it is',
      '',
      'Plan for 4 nodes: 3 to change, 1 not in the configuration; 8 to add, 1 to change, 0 to replace, 2 to destroy.',
      '',
    ])
    const json = await plan(file, '--against', old, '--json')
    const { nodes: found } = checkFleet(JSON.parse(json.stdout))
    t.deepEqual(
      found.map(({ node, status }) => [node, status]),
      [
        ['n1', 'planned'],
        ['n2', 'planned'],
        ['n4', 'planned'],
        ['n3', 'removed'],
      ],
    )
    t.is((await plan(old, '--against', old, '--detailed-exitcode')).code, 0)
  },
)

test.serial(
  'a node without a snapshot is planned as a new one where that is asked for',
  async (t) => {
    const file = write('grown.yaml', fleet([1, 2, 3, 4]))
    const failed = await fromSnapshots(file)
    t.is(failed.code, 1)
    t.regex(
      failed.stdout,
      /^n4: there is no snapshot of it \(--missing new plans it as a new node\)$/m,
    )
    const { code, stdout } = await fromSnapshots(file, '--missing', 'new', '--detailed-exitcode')
    t.is(code, 2)
    t.regex(stdout, /^n4 +\d+ +1 {8}0 {8}0$/m)
    t.regex(
      stdout,
      /^n4: warning: there is no snapshot of it: it is planned as a node that has nothing yet \(--missing new\)$/m,
    )
    t.regex(stdout, /^Plan for 4 nodes: 4 to change, 1 taken for new; /m)
    const json = await fromSnapshots(file, '--missing', 'new', '--json')
    const document = checkFleet(JSON.parse(json.stdout))
    t.like(document.summary, { nodes: 4, new: 1, missing: 0 })
    const [n4] = document.nodes.filter(({ status }) => status === 'new')
    t.is(n4?.node, 'n4')
    t.is(n4?.diagnostics[0]?.code, 'no-snapshot')
    const against = await plan(file, '--against', old, '--json')
    const added = checkFleet(JSON.parse(against.stdout)).nodes.find(({ node }) => node === 'n4')
    t.deepEqual(n4?.changes, added?.changes, 'as a node that the other version has not')
    const github = await fromSnapshots(file, '--missing', 'new', '--format', 'github')
    t.regex(github.stdout, /^::warning .*there is no snapshot of it: it is planned/m)
  },
)

test.serial('every key may change from version to version', async (t) => {
  const services = write(
    'services.yaml',
    `serviceProxy: { serviceCIDRs: [172.17.10.0/24], clusterCIDRs: [10.0.0.0/16] }
services:
  whats-my-ip:
    clusterIPs: [172.17.10.10]
    ports: [{ port: 3001, targetPort: 8080 }]
    endpoints: [10.0.1.2, 10.0.2.2]
`,
  )
  const edited = write(
    'edited.yaml',
    readFileSync(services, 'utf8').replace(/port: \d+/, 'port: 4711'),
  )
  const { code, stdout, stderr } = await plan(edited, '--against', services)
  t.is(code, 0, stderr)
  t.regex(stdout, /service whats-my-ip/)
})

test('what a fleet takes', async (t) => {
  const wrong: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['--fleet', '-f', old], 64, /--fleet needs what the nodes have/],
    [['--snapshots', folder, '-f', old], 64, /fleet/],
    [['--fleet', '--snapshots', folder, '--against', old], 64, /against/],
    [['--fleet', '--snapshots', folder, '-f', old, '--format', 'script'], 64, /has no script/],
    [['--fleet', '--snapshots', join(folder, 'none'), '-f', old], 65, /cannot read the folder/],
    [['--fleet', '--against', old, '--missing', 'new', '-f', old], 64, /snapshots/],
    [['--fleet', '--state', 'x', '--snapshots', folder], 64, /state/],
  ]
  for (const [args, code, message] of wrong) {
    const ended = await netplan(['plan', ...args])
    t.is(ended.code, code, args.join(' '))
    t.regex(ended.stderr, message)
  }
})
