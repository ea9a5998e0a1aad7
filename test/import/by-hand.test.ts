// Nodes that other tools made, by the commands that these give: test/import/nodes/NAME/make.sh, in which POD is a
// namespace of the node. UPDATE=1 writes what is imported.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { assertSame } from '../node/properties.ts'
import { snapshot } from '../node/snapshot.ts'
import { root } from '../run.ts'
import { checkRound, importNode } from './round.ts'
import type { ImportOptions } from './round.ts'

const folder = join(root, 'test/import/nodes')

const rulesOf = (node: TestNode): string[] =>
  ['iptables-save', 'ip6tables-save'].flatMap((program) =>
    node
      .exec([program])
      .split('\n')
      .filter((line) => !line.startsWith('#')),
  )

const stateOf = (node: TestNode): string[] => [
  ...snapshot(node.name).map((line) => line.replaceAll(/,?"(group|protocol)":"\d*"/g, '')),
  ...rulesOf(node),
]

/** The file of a node that a script made; taken over, the node is as it was to the letter, but for marks. */
const roundOf = async (name: string, options?: ImportOptions): Promise<string> => {
  const node = createNode()
  try {
    const script = readFileSync(join(folder, name, 'make.sh'), 'utf8')
    node.exec(['sh', '-euc', script.replaceAll('POD', node.ns('pod'))])
    const before = stateOf(node)
    const { text } = await checkRound(node, options)
    assertSame(`${name} was changed`, before, stateOf(node))
    return text.replaceAll(node.ns('pod'), 'POD')
  } finally {
    node.remove()
  }
}

const nodes = readdirSync(folder)

for (const name of nodes) {
  test(`${name}: imported, taken over, and as it was`, async (t) => {
    const text = await roundOf(name)
    const file = join(folder, name, 'import.yaml')
    if (process.env['UPDATE'] === '1') writeFileSync(file, text)
    t.is(text, existsSync(file) ? readFileSync(file, 'utf8') : '')
  })
}

test('routes of daemons where they are asked for, and those that come by themselves never', async (t) => {
  const text = await roundOf('daemons', { daemons: true })
  t.regex(text, /- \{ to: 10\.20\.0\.0\/16/)
  t.notRegex(text, /- \{ to: 10\.21\.0\.0\/16/)
})

test('what another owner has is not taken', async (t) => {
  const node = createNode()
  try {
    const file = `owner: other
bridges:
  br0:
    addresses: [ 10.9.0.1/24 ]
    routes:
      - { to: 10.10.0.0/16, via: 10.9.0.9 }
sysctls:
  net.ipv4.ip_forward: 1
`
    await node.apply(file)
    const left = `# Imported.

{}

# Left out:
# of netplan's owner other:
#   bridge br0
#   route 10.10.0.0/16
#   sysctl net.ipv4.ip_forward
`
    t.is((await importNode(node)).text, left)
    const own = await checkRound(node, { owner: 'other' })
    t.is(own.text, `# Imported.\n\n${file}`)
    t.deepEqual((await node.plan(file)).changes, [])
  } finally {
    node.remove()
  }
})

const firewall = `bridges:
  br0: { addresses: [ 10.9.0.1/24 ] }
sysctls:
  net.ipv4.ip_forward: 1
  net.ipv6.conf.all.forwarding: 1
forwarding:
  - { source: 10.9.0.0/24, comment: two words }
  - { inInterface: br0, protocol: tcp, ports: 80-90 }
  - { inInterface: br0, protocol: icmp }
  - { outInterface: br0, action: reject }
  - { outInterface: veth+, action: drop, family: inet6 }
masquerade:
  - { source: 10.9.0.0/24, exceptDestination: 10.0.0.0/8, comment: out }
  - { outInterface: eth0, family: inet6 }
iptables:
  - { table: mangle, chain: FORWARD, rule: "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu" }
  - { chain: INPUT, place: last, rule: -p icmp -j ACCEPT }
  - { chain: FORWARD, place: after DOCKER-USER, rule: -j DROP, family: inet6 }
`

const docker =
  'for p in iptables ip6tables; do $p -N DOCKER-USER; $p -A FORWARD -j DOCKER-USER; done'

test('rules of ours are read back as they were written', async (t) => {
  const node = createNode()
  try {
    node.exec(['sh', '-c', docker])
    await node.apply(firewall)
    const { text } = await checkRound(node)
    const left = [
      '',
      '# Left out:',
      '# rules of others stay as they are:',
      '#   chain DOCKER-USER, from filter FORWARD',
      '',
    ]
    t.is(text, `# Imported.\n\n${firewall}${left.join('\n')}`)
    t.deepEqual((await node.plan(firewall)).changes, [])
  } finally {
    node.remove()
  }
})
