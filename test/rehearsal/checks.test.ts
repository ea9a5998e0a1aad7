// Checks that programs answer on a node, and stand-ins in the copy of one.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { Rehearsal } from '../../src/present/rehearsal-document.ts'
import { netplan, program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { machinesOf, processesIn, rehearse } from './stage.ts'

const node = createNode()
const [web, client] = [node.ns('w'), node.ns('c')]
const at = ['--netns', node.name]

test.before(() => {
  node.ip('link add name eth0 type veth peer name far0')
  node.ip('link set dev eth0 up')
  node.ip('link set dev far0 up')
  node.ip('address add 192.0.2.10/24 dev eth0')
  node.ip('route add default via 192.0.2.1')
})

test.after.always(() => {
  node.remove()
})

/** Two pods on a bridge, and a service of one of them. */
const configOf = (checks: string, more = ''): string => `
namespaces:
  ${web}: { routes: [{ to: default, via: 10.9.0.1 }] }
  ${client}: { routes: [{ to: default, via: 10.9.0.1 }] }
bridges: { br0: { addresses: [10.9.0.1/24, "fd09::1/64"] } }
veths:
  vw: { bridge: br0, peer: { name: eth0, namespace: ${web}, addresses: [10.9.0.2/24, "fd09::2/64"] } }
  vc: { bridge: br0, peer: { name: eth0, namespace: ${client}, addresses: [10.9.0.3/24, "fd09::3/64"] } }
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.9.0.0/24] }
${more}
checks:
${checks}`

const services = `services:
  default/web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: [10.9.0.2]
  default/half:
    clusterIPs: [10.96.0.11]
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: [10.9.0.2, 10.8.0.2]
  default/both:
    clusterIPs: [10.96.0.12]
    ports: [{ port: 80, targetPort: 8080 }]
    endpoints: [10.9.0.2, 10.9.0.3]
`

const statusOf = ({ checks }: Rehearsal): Record<string, unknown> =>
  Object.fromEntries(
    checks.map(({ name, status, standIn, detail }) => [name, [status, standIn, detail]]),
  )

test.serial(
  'every kind is answered, where it comes to by routes, rules and services',
  async (t) => {
    const found = await rehearse(
      configOf(
        `
  - { name: tcp, tcp: 10.9.0.2:22 }
  - { name: six, from: ${client}, http: "http://[fd09::2]:81/" }
  - { name: page, from: ${client}, http: "http://10.9.0.2/", status: 418, body: teapot }
  - { name: safe, http: "https://10.9.0.2/" }
  - { name: echo, from: ${client}, udp: 10.9.0.2:7, send: hello }
  - { name: reply, udp: 10.9.0.2:7, send: hello, reply: bye }
  - { name: name, from: ${client}, dns: example.org, server: 10.9.0.2 }
  - { name: six name, dns: example.org, server: "fd09::2", type: AAAA, answers: ["fd00::7"] }
  - { name: loopback, from: ${client}, tcp: 127.0.0.1:80 }
  - { name: service, from: ${client}, http: "http://10.96.0.10/" }
  - { name: service of the node, tcp: 10.96.0.10:80 }
  - { name: node port, from: ${client}, tcp: 10.9.0.1:30080 }
  - { name: shares, tcp: 10.96.0.12:80, reaches: [10.9.0.2:8080, 10.9.0.3:8080] }
  - { name: redirected, from: ${client}, tcp: 192.0.2.10:8000 }
  - { name: half, tcp: 10.96.0.11:80 }
  - { name: world, http: "http://198.51.100.1/" }
`,
        `${services}
iptables:
  - { table: nat, chain: PREROUTING, rule: -d 192.0.2.10/32 -p tcp --dport 8000 -j DNAT --to-destination 10.9.0.2:8001 }
`,
      ),
      ...at,
      '--rollback',
    )
    t.like(found, { verdict: 'done', secondPlan: [], planDiffers: [] })
    t.deepEqual(found.rollback, { complete: true, differences: [] })
    const answered = ['passed', true, 'a stand-in answered']
    const only = (what: string): unknown => [
      'passed',
      true,
      `a stand-in answered: only the path was rehearsed, not ${what}`,
    ]
    t.deepEqual(statusOf(found), {
      half: ['skipped', false, '10.8.0.2 is outside of the copy'],
      world: ['skipped', false, '198.51.100.1 is outside of the copy'],
      tcp: answered,
      six: answered,
      page: only('status and body'),
      safe: only('https'),
      echo: answered,
      reply: only('reply'),
      name: answered,
      'six name': only('answers'),
      loopback: answered,
      service: answered,
      'service of the node': answered,
      'node port': answered,
      shares: answered,
      redirected: answered,
    })
  },
)

const drop = (rule: string): string => `
iptables:
  - { chain: FORWARD, rule: ${rule} }
sysctls: { net.bridge.bridge-nf-call-iptables: 1 }
`

test.serial('what must not work does not, because of a rule, or it does', async (t) => {
  const checks = `
  - { name: closed, from: ${client}, tcp: 10.96.0.10:80, expect: failure, timeoutSeconds: 0.5 }
  - { name: open, from: ${client}, tcp: 10.9.0.2:81, expect: failure }
  - { name: unknown, from: ${client}, http: "http://10.9.0.2:81/", body: secret, expect: failure }
`
  const found = await rehearse(
    configOf(checks, `${services}${drop('-d 10.9.0.2 -p tcp --dport 8080 -j DROP')}`),
    ...at,
  )
  // Where no apply says what was before, a check that fails is a warning.
  t.like(found, { verdict: 'done', exitCode: 0 })
  t.deepEqual(statusOf(found), {
    closed: ['passed', true, 'no answer within 0.5 s (a stand-in listens at 10.9.0.2:8080)'],
    open: ['failed', true, 'works, and must not (a stand-in listens at 10.9.0.2:81)'],
    unknown: ['skipped', true, 'only the path was rehearsed, not body'],
  })
  t.true(found.diagnostics.some(({ message }) => message.startsWith('check "open" fails: works')))
})

test.serial('what a change breaks is rolled back, as by apply: 4', async (t) => {
  const checks = `
  - { name: page, from: ${client}, http: "http://10.96.0.10/", timeoutSeconds: 0.5 }
  - { name: other, from: ${client}, tcp: 10.9.0.2:81 }
`
  const apply = ['apply', '--auto-approve', ...at]
  const sound = await netplan(apply, { input: configOf('  []\n', services) })
  t.is(sound.code, 0, sound.stderr)
  try {
    const same = await rehearse(configOf(checks, services), ...at)
    t.like(same, { verdict: 'nothing-to-do', exitCode: 0 })
    t.deepEqual(
      same.checks.map(({ status }) => status),
      ['passed', 'passed'],
    )
    const rule = '-d 10.9.0.2 -p tcp --dport 8080 -j DROP'
    const found = await rehearse(configOf(checks, `${services}${drop(rule)}`), ...at)
    t.like(found, { verdict: 'rolled-back', exitCode: 4, checks: [] })
    t.regex(found.message ?? '', /^what worked before did not work any more: /)
    t.deepEqual(
      found.diagnostics
        .filter(({ severity }) => severity === 'error')
        .map(({ message }) => message),
      ['check "page" fails: no answer within 0.5 s (a stand-in listens at 10.9.0.2:8080)'],
    )
    // The address goes: nobody can listen at it any more, and nobody is kept from taking the namespace away.
    const gone = await rehearse(
      'bridges: { br0: { addresses: [10.9.0.1/24] } }\n',
      ...at,
      '--rollback',
    )
    t.deepEqual(gone.rollback, { complete: true, differences: [] })
  } finally {
    const destroyed = await netplan(['destroy', '--auto-approve', ...at], {
      input: configOf('  []\n', services),
    })
    t.is(destroyed.code, 0, destroyed.stderr)
  }
})

test.serial('a port that the kernel has taken is named', async (t) => {
  const found = await rehearse(
    configOf(
      `
  - { name: taken, from: ${client}, udp: 10.9.0.1:4789, send: hello }
  - { name: free, from: ${client}, udp: 10.9.0.1:4790, send: hello }
`,
      'vxlans: { vx0: { id: 7, local: 10.9.0.1, port: 4789 } }',
    ),
    ...at,
  )
  t.like(found, { verdict: 'done' })
  t.deepEqual(statusOf(found), {
    taken: ['skipped', false, 'nobody can listen at 10.9.0.1:4789: the port is taken already'],
    free: ['passed', true, 'a stand-in answered'],
  })
})

test.serial('kill -9 while stand-ins listen leaves nobody behind', async (t) => {
  const mark = `REHEARSAL_MARK=responding${String(process.pid)}`
  const [name = '', value] = mark.split('=')
  const argv = [...program, 'rehearse', ...at, '-f', '-']
  const env = { ...process.env, [name]: value }
  const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const checks = `  - { name: slow, from: ${client}, tcp: 10.9.0.2:8080, timeoutSeconds: 20 }\n`
  child.stdin.end(configOf(checks, drop('-d 10.9.0.2 -j DROP')))
  const responders = (namespaces: ReadonlySet<string>): readonly string[] =>
    processesIn(namespaces, mark).filter((line) => line.endsWith('probe.cjs respond '))
  const isAwaited = (): boolean =>
    child.exitCode === null && responders(machinesOf(mark)).length === 0
  while (isAwaited()) await sleep(50)
  const namespaces = machinesOf(mark)
  t.is(responders(namespaces).length, 1)
  child.kill('SIGKILL')
  await ended
  const left = (): readonly string[] => processesIn(namespaces, mark)
  for (let waited = 0; left().length > 0 && waited < 10_000; waited += 20) await sleep(20)
  t.deepEqual(left(), [])
})
