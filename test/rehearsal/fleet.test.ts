import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { FleetRehearsal } from '../../src/present/fleet-rehearsal.ts'
import { netplan } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import { checkJunit, readSarif } from '../present/pipeline/consumers.ts'
import { leftNow } from './stage.ts'

const configOf = (backend: string): string => `
cluster:
  podCIDR: 10.244.0.0/16
  nodeCIDR: [172.18.0.0/24, 172.18.1.0/24]
  podCIDRFrom: position
  backend: ${backend}
  nodes:
    node-1: { address: 172.18.0.2 }
    node-2: { address: 172.18.0.3 }
    node-3: { address: 172.18.1.4 }
pods:
  pod1: { node: node-1 }
  pod2: { node: node-2 }
  pod3: { node: node-3 }
checks:
  - { name: neighbour, ping: 172.18.0.3 }
  - { name: world, ping: 9.9.9.9 }
`

const rehearse = async (
  input: string,
  ...args: string[]
): Promise<FleetRehearsal & { readonly code: number }> => {
  const { code, stdout, stderr } = await netplan(['rehearse', '--fleet', '--json', ...args], {
    input,
  })
  try {
    return { ...(JSON.parse(stdout) as FleetRehearsal), code }
  } catch (error) {
    throw new Error(stdout + stderr, { cause: error })
  }
}

test.serial(
  'nodes that have nothing yet: all are applied, and every pod reaches every other',
  async (t) => {
    const before = leftNow()
    const found = await rehearse(configOf('vxlan'), '--rollback')
    t.is(found.code, 0)
    t.deepEqual(found.summary, { nodes: 3, good: 3, checks: { passed: 9, failed: 0, skipped: 3 } })
    for (const { verdict, secondPlan, rollback, leftOut } of found.nodes) {
      t.deepEqual(
        { verdict, secondPlan, leftOut },
        { verdict: 'done', secondPlan: [], leftOut: [] },
      )
      t.deepEqual(rollback, { complete: true, differences: [] })
    }
    t.true(found.nodes[0]?.checks.some(({ name }) => name.startsWith('pod1 to pod3 (10.244.')))
    t.deepEqual(leftNow(), before)
  },
)

test.serial('what does not reach is found: a firewall that drops what is forwarded', async (t) => {
  const drop = 'iptables:\n  - { chain: FORWARD, rule: -s 10.244.0.0/24 -j DROP }\n'
  const found = await rehearse(`${configOf('{ type: vxlan }')}${drop}`)
  t.is(found.code, 2)
  const failed = found.nodes.flatMap(({ checks }) =>
    checks.filter(({ status }) => status === 'failed').map(({ name }) => name.replace(/ \(.*/, '')),
  )
  t.true(failed.includes('pod1 to pod2'))
  t.false(failed.includes('pod2 to pod3'))
})

test.serial('some nodes of it, as text', async (t) => {
  const options = ['rehearse', '--fleet', '--nodes', 'node-1,node-2']
  const { code, stdout } = await netplan(options, { input: configOf('vxlan') })
  t.is(code, 0)
  t.regex(stdout, /^node-1: done, \d+ steps, [\d.]+ s\nnode-2: done/)
  t.regex(
    stdout,
    /Rehearsed 2 nodes: 2 as described\. Checks between them: 4 passed, 0 failed, 2 skipped\.\n$/,
  )
  const unknown = await netplan(['rehearse', '--fleet', '--nodes', 'node-9'], {
    input: configOf('vxlan'),
  })
  t.is(unknown.code, 64)
})

test.serial('from snapshots; a node without one is named', async (t) => {
  const nodes = [createNode(), createNode()]
  const folder = mkdtempSync('/tmp/netplan-test-')
  const config = configOf('vxlan')
  try {
    mkdirSync(join(folder, 'snapshots'))
    for (const [index, node] of nodes.entries()) {
      sh(['ip', 'netns', 'add', node.ns('switch')])
      const lines = [
        `link add name ens3 type veth peer name far0 netns ${node.ns('switch')}`,
        'link set dev ens3 up',
        `address add 172.18.0.${String(index + 2)}/24 dev ens3`,
        'route add default via 172.18.0.1',
      ]
      node.ip(lines.join('\n'))
      const file = join(folder, 'snapshots', `node-${String(index + 1)}.json`)
      const name = ['--node', `node-${String(index + 1)}`]
      const taken = await netplan(['show', '--netns', node.name, '--snapshot', file, ...name], {
        input: config,
      })
      t.is(taken.code, 0, taken.stderr)
    }
    const found = await rehearse(config, '--snapshots', join(folder, 'snapshots'))
    t.is(found.code, 1)
    t.deepEqual(
      found.nodes.map(({ node, verdict, planDiffers }) => [node, verdict, planDiffers]),
      [
        ['node-1', 'done', []],
        ['node-2', 'done', []],
        ['node-3', 'no-plan', []],
      ],
    )
    t.deepEqual(found.summary.checks, { passed: 4, failed: 0, skipped: 2 })
    t.regex(found.nodes[2]?.message ?? '', /--missing new rehearses it/)
    const folderOf = ['--snapshots', join(folder, 'snapshots'), '--missing', 'new']
    const grown = await rehearse(config, ...folderOf)
    t.is(grown.code, 0)
    t.deepEqual(grown.summary, { nodes: 3, good: 3, checks: { passed: 9, failed: 0, skipped: 3 } })
    t.deepEqual(
      grown.nodes.map(({ diagnostics }) => diagnostics.map(({ code }) => code)),
      [[], [], ['no-snapshot']],
    )
    copyFileSync(join(folder, 'snapshots', 'node-1.json'), join(folder, 'snapshots', 'twice.json'))
    const options = ['rehearse', '--fleet', '--snapshots', join(folder, 'snapshots')]
    const twice = await netplan(options, { input: config })
    t.is(twice.code, 1)
    t.regex(twice.stderr, /twice\.json is a snapshot of node-1, and so is .*node-1\.json/)
  } finally {
    for (const node of nodes) node.remove()
    rmSync(folder, { recursive: true })
  }
})

/** Services whose endpoints are on other nodes, and what they are asked by. */
const servicesOf = (more = ''): string => `
cluster:
  podCIDR: 10.244.0.0/16
  nodeCIDR: 172.18.0.0/24
  serviceCIDR: 10.96.0.0/16
  podCIDRFrom: position
  backend: vxlan
  masquerade: true
  nodes:
    node-1: { address: 172.18.0.2 }
    node-2: { address: 172.18.0.3 }
pods:
  pod1: { node: node-1, address: 10.244.0.2 }
  pod2: { node: node-2, address: 10.244.1.2 }
services:
  default/web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: [{ pod: pod2 }]
  default/near:
    externalTrafficPolicy: Local
    clusterIPs: [10.96.0.11]
    ports: [{ port: 80, targetPort: 8081, nodePort: 30081 }]
    endpoints: [{ pod: pod1 }, { pod: pod2 }]
  default/names:
    clusterIPs: [10.96.0.53]
    ports: [{ port: 53, protocol: udp }]
    endpoints: [{ pod: pod1 }, { pod: pod2 }]
checks:
  - { name: page, from: pod1, http: "http://10.96.0.10/" }
  - { name: names, from: pod2, dns: example.org, server: 10.96.0.53, count: 4 }
  - { name: node port, tcp: 172.18.0.3:30080 }
  - { name: near port, from: pod1, http: "http://172.18.0.3:30081/", status: 204 }
  - { name: kubelet, tcp: 172.18.0.2:10250 }
  - { name: outside, tcp: 9.9.9.9:53 }
  - { name: closed, from: pod1, tcp: 10.244.1.2:8080, expect: failure, timeoutSeconds: 0.3 }
${more}`

const outcomesOf = ({ nodes }: FleetRehearsal): readonly unknown[] =>
  nodes.map(({ node, checks }) => [
    node,
    Object.fromEntries(
      checks
        .filter(({ name }) => !name.includes(' to '))
        .map(({ name, status, standIn }) => [name, `${status}${standIn ? ', by a stand-in' : ''}`]),
    ),
  ])

test.serial('checks of services are answered on other nodes', async (t) => {
  const passed = 'passed, by a stand-in'
  const everywhere = { 'node port': passed, kubelet: passed, outside: 'skipped' }
  const fromPod1 = { page: passed, 'near port': passed }
  const open = await rehearse(servicesOf())
  t.is(open.code, 2)
  t.deepEqual(outcomesOf(open), [
    ['node-1', { ...everywhere, ...fromPod1, closed: 'failed, by a stand-in' }],
    ['node-2', { ...everywhere, names: passed }],
  ])
  const drop = 'iptables: [{ chain: FORWARD, rule: -d 10.244.1.2 -p tcp --dport 8080 -j DROP }]\n'
  const closed = await rehearse(servicesOf(drop))
  t.is(closed.code, 2)
  t.deepEqual(outcomesOf(closed), [
    [
      'node-1',
      {
        ...everywhere,
        page: 'failed, by a stand-in',
        'node port': 'failed, by a stand-in',
        'near port': passed,
        closed: 'passed, by a stand-in',
      },
    ],
    ['node-2', { ...everywhere, names: passed }],
  ])
  const [page] = closed.nodes[0]?.checks.filter(({ name }) => name === 'page') ?? []
  t.is(page?.detail, 'no answer within 2 s (a stand-in listens at 10.244.1.2:8080)')
})

test.serial(
  'every format names the node that would fail, and the step that was refused',
  async (t) => {
    const folder = mkdtempSync('/tmp/netplan-test-')
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    const overlay = '{ routes: [{ to: 10.9.0.0/16, via: 203.0.113.9 }] }'
    const config = configOf('vxlan').replace(
      'node-2: { address: 172.18.0.3 }',
      `node-2: { address: 172.18.0.3, overlay: ${overlay} }`,
    )
    try {
      writeFileSync(join(folder, 'net.yaml'), config)
      const formats = ['markdown', 'junit', 'sarif', 'gitlab', 'github']
      const reports = formats.flatMap((format) => ['--report', `${format}=${format}.out`])
      const nodes = ['--nodes', 'node-1,node-2', '-f', 'net.yaml']
      const { code, stdout } = await netplan(['rehearse', '--fleet', ...nodes, ...reports], {
        cwd: folder,
      })
      t.is(code, 4)
      const step = /net\.yaml:9:\d+: error: ip route add 10\.9\.0\.0\/16 via 203\.0\.113\.9 /
      const refused =
        'node-2: rolled-back, \\d+ steps, [\\d.]+ s\\n {2}a step was refused: .*\\n {2}'
      for (const text of [stdout, read('markdown.out')]) {
        t.regex(text, new RegExp(refused + step.source))
        t.regex(text, /^node-1: done/m)
        t.regex(text, /Rehearsed 2 nodes: 1 as described\./)
      }
      await checkJunit(read('junit.out'))
      t.regex(read('junit.out'), /name="node-2: apply"[^]*?<failure [^>]*type="rolled-back">/)
      t.notRegex(read('junit.out'), /name="node-1: apply"[^>]*>\s*<failure/)
      const results = readSarif(read('sarif.out'))
      t.regex(
        JSON.stringify(results),
        /"level":"error","message":{"text":"ip route add 10\.9\.0\.0\/16.*node-2/,
      )
      t.regex(
        read('github.out'),
        /^::error file=net\.yaml,line=9,.*203\.0\.113\.9.*%0A\(node-2\)$/m,
      )
      t.regex(read('gitlab.out'), /"description": "ip route add 10\.9\.0\.0\/16 .*\(node-2\)"/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
