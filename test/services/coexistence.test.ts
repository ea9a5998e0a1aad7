import test from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import { snapshot } from '../node/snapshot.ts'
import { failureOf } from '../node/harness.ts'
import { nodeFor, settle, sysctl } from '../node/story.ts'
import { iptables, restore, save } from './firewall.ts'
import { createLab } from './lab.ts'
import type { Lab, Place } from './lab.ts'
import { ask, backends, dropped, endpointsOf, families } from './shared.ts'
import { addresses } from './topology.ts'

const accepted = `
forwarding:
  - { source: 10.244.0.0/16 }
  - { destination: 10.244.0.0/16 }
  - { source: 'fd00:244::/48' }
  - { destination: 'fd00:244::/48' }
`

const services = (lab: Lab): string => `
serviceProxy:
  serviceCIDRs: [10.96.0.0/16, 'fd00:96::/112']
  clusterCIDRs: [10.244.0.0/16, 'fd00:244::/48']
services:
  web:
    clusterIPs: ['10.96.0.10', 'fd00:96::10']
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: ${endpointsOf(lab, lab.second ?? { ...lab, pods: [] })}
`

const virtual = { inet: '10.96.0.10', inet6: 'fd00:96::10' }

type Way = readonly [from: Place, to: string, port: number, servers: readonly string[]]

/** Every way by which packets go through the first node. */
const waysOf = (lab: Lab, family: Family): readonly Way[] => {
  const [p1, p2, q1] = [lab.pods[0]![family], lab.pods[1]![family], lab.second!.pods[0]![family]]
  const all = ['p1', 'p2', 'q1', 'q2']
  return [
    ['p1', p2, 8080, ['p2']],
    ['p1', q1, 8080, ['q1']],
    ['q1', p1, 8080, ['p1']],
    ['x', p1, 8080, ['p1']],
    ['x', q1, 8080, ['q1']],
    ['p1', addresses.x[family], 9000, ['x']],
    ['q1', addresses.x[family], 9000, ['x']],
    ...(['x', 'node', 'p1', 'q1'] as const).flatMap((from): readonly Way[] => [
      [from, virtual[family], 80, all],
      [from, addresses.node[family], 30080, all],
    ]),
  ]
}

for (const backend of backends)
  test.serial(
    `31 ${backend}: behind a policy of DROP and a REJECT, what is let through works`,
    async (t) => {
      const lab = createLab(t, { backend, pods: 2, second: true, forward: 'DROP' })
      for (const site of [lab, lab.second!])
        for (const family of families) iptables(site, '-A FORWARD -j REJECT', family)
      await lab.serve('x', [{ protocol: 'tcp', port: 9000 }])
      await lab.apply(services(lab))
      await lab.second!.apply()
      for (const family of families)
        t.notDeepEqual(await ask(lab, 'p1', lab.pods[1]![family], 8080, dropped), ['p2'])
      await lab.apply(services(lab) + accepted)
      await lab.second!.apply(services(lab) + accepted)
      for (const family of families) {
        for (const [from, to, port, servers] of waysOf(lab, family)) {
          const options = { timeout: 1000, count: servers.length }
          t.deepEqual(
            [...(await ask(lab, from, to, port, options))].sort(),
            servers,
            `${from} to ${to}`,
          )
        }
        for (const site of [lab, lab.second!]) {
          const text = save(site, family)
          t.regex(text, /^:FORWARD DROP$/m)
          t.regex(text.match(/^-A FORWARD .*$/gm)!.at(-1)!, /^-A FORWARD -j REJECT/)
        }
      }
    },
  )

const foreignLines = (family: Family): string => {
  const [network, host] =
    family === 'inet' ? ['172.17.0.0/16', '172.17.0.2'] : ['fd17::/64', 'fd17::2']
  return `*raw
:NP-RAW - [0:0]
-A PREROUTING -j NP-RAW
-A NP-RAW -m comment --comment "it's -j NP111-SERVICES" -j RETURN
COMMIT
*mangle
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A POSTROUTING -m mark --mark 0x1000/0x1000 -j RETURN
COMMIT
*filter
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
:KUBE-FORWARD - [0:0]
:np111-lower - [0:0]
:NP111X - [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -m set --match-set foreign${family} src -j ACCEPT
-A FORWARD -o docker0 -g DOCKER
-A FORWARD -j NP111X
-A DOCKER-USER -j RETURN
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT
*nat
:CNI-HOSTPORT-DNAT - [0:0]
:DOCKER - [0:0]
:KUBE-SERVICES - [0:0]
:NP77-SERVICES - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -j NP77-SERVICES
-A OUTPUT -j NP77-SERVICES
-A POSTROUTING -s ${network} ! -o docker0 -j MASQUERADE
-A NP77-SERVICES -p tcp -m tcp --dport 31999 -j DNAT --to-destination ${family === 'inet' ? host : `[${host}]`}:80
COMMIT
`
}

const writeForeign = (lab: Lab): void => {
  for (const family of families) {
    lab.node.exec(['ipset', 'create', `foreign${family}`, 'hash:ip', 'family', family])
    restore(lab, foreignLines(family), family)
  }
  // A table of nft's own with a set, which ebtables makes of this.
  const macs = '02:00:00:00:00:01,02:00:00:00:00:02'
  lab.node.exec(['ebtables-nft', '-A', 'FORWARD', '--among-dst', macs, '-j', 'DROP'])
}

/** All that others have, word by word, without what is of this owner. */
const foreignOf = (lab: Lab, id: number): readonly string[] => {
  const ours = new RegExp(`^:NP${id}-|^-A NP${id}-|^-A [A-Z]+ ([^"]* )?-j NP${id}-\\S+$`)
  const lines = families.flatMap((family) => save(lab, family).split('\n'))
  const sets = lab.node.exec(['ipset', 'save']).split('\n')
  const bridged = lab.node
    .exec(['ebtables-nft-save'])
    .replace(/^#.*\n/gm, '')
    .split('\n')
  return [...lines.filter((line) => !ours.test(line)), ...sets, ...bridged]
}

const everything = (lab: Lab): string =>
  `${services(lab)}${accepted}
masquerade:
  - { source: 10.244.0.0/16, outInterface: auto }
iptables:
  - { chain: FORWARD, place: after DOCKER-USER, rule: -s 192.0.2.1 -j DROP }
  - { chain: FORWARD, place: last, rule: -m comment --comment "the end" -j ACCEPT }
  - { table: raw, chain: PREROUTING, rule: -m comment --comment first -j ACCEPT }
`.replace('serviceProxy:', 'serviceProxy:\n  localhostNodePorts: true')

const parameters = (lab: Lab): readonly string[] =>
  [
    'ipv4/ip_forward',
    'ipv6/conf/all/forwarding',
    'bridge/bridge-nf-call-iptables',
    'bridge/bridge-nf-call-ip6tables',
    'ipv4/conf/all/route_localnet',
    'ipv4/conf/eth0/route_localnet',
  ].map((path) => `${path} ${sysctl(lab.node, `net/${path}`)}`)

for (const backend of backends)
  test.serial(
    `32 38 ${backend}: what others have stays to the letter; of ours nothing is left`,
    async (t) => {
      const lab = createLab(t, { backend, pods: 2, forwarding: false })
      writeForeign(lab)
      lab.node.exec(['sysctl', '-q', '-w', 'net.bridge.bridge-nf-call-iptables=0'])
      const before = { node: snapshot(lab.node.name), parameters: parameters(lab) }
      const foreign = foreignOf(lab, 0)
      const { plan } = await lab.apply(everything(lab))
      const { id } = plan.owner
      t.deepEqual(foreignOf(lab, id), foreign)
      t.regex(save(lab), new RegExp(`^-A FORWARD -j DOCKER-USER\n-A FORWARD -j NP${id}-A-`, 'm'))
      t.deepEqual(await ask(lab, 'x', '10.96.0.10', 80, { count: 2 }), ['p1', 'p2'])
      await lab.apply(services(lab))
      t.deepEqual(foreignOf(lab, id), foreign)
      await lab.apply(everything(lab))
      await lab.destroy(everything(lab))
      // Nothing is left out: not even ours are there.
      t.deepEqual(foreignOf(lab, 0), foreign)
      t.deepEqual(snapshot(lab.node.name), before.node)
      t.deepEqual(parameters(lab), before.parameters)
    },
  )

const comments = [
  'a',
  '-dash',
  'x'.repeat(255),
  '€'.repeat(85),
  `it's a "quote" and a \\ and a # and %s $HOME`,
  ' spaces  at both ends ',
  'a\ttab',
]

const withComments = (...texts: readonly string[]): string => {
  const word = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
  const rules = texts.map((text) => `-m comment --comment ${word(text)} -j ACCEPT`)
  return `iptables:\n${rules.map((rule) => `  - { chain: INPUT, rule: ${JSON.stringify(rule)} }\n`).join('')}`
}

for (const backend of backends)
  test.serial(
    `38 ${backend}: comments come back as they were written, and long ones are refused`,
    async (t) => {
      const node = nodeFor(t)
      await settle(t, node, withComments(...comments), { iptables: backend })
      for (const family of families) {
        const saved = save({ node, backend }, family)
        for (const text of ['x'.repeat(255), `"${'€'.repeat(85)}"`, '-dash'])
          t.true(saved.includes(` --comment ${text} -j ACCEPT\n`), text)
      }
      t.is(failureOf(await node.destroy(withComments('a'), { iptables: backend })), undefined)
      t.notRegex(save({ node, backend }), /NP\d/)
      for (const text of ['x'.repeat(256), '€'.repeat(86), `${'x'.repeat(254)}é`])
        await t.throwsAsync(node.plan(withComments(text), { iptables: backend }), {
          message: /:2:.*255/,
        })
    },
  )
