import test from 'ava'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  loadConfig,
  type ConfigSource,
  type FileText,
  type LoadOptions,
} from '../../src/config/load.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

const folders: string[] = []

test.after.always(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const write = (files: Files): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-load-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const load = async (
  files: Files | string,
  options: Partial<LoadOptions> = {},
): Promise<ConfigSource> => {
  const given = typeof files === 'string' ? { 'netplan.yaml': files } : files
  const result = await loadConfig({ files: ['.'], cwd: write(given), ...options })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.source
}

test('an empty file is a valid configuration', async (t) => {
  for (const text of [
    '',
    '\n',
    '# nothing\n',
    '---\n',
    '{}',
    '---\n...\n',
    'null',
    '\uFEFF',
    '{}\n---\n# nothing\n',
  ]) {
    t.deepEqual((await load(text)).config, {})
  }
})

test('standard input', async (t) => {
  const source = await load('', { files: ['-'], readStdin: () => Promise.resolve('version: 1\n') })
  t.deepEqual(source.config, { version: 1 })
  t.deepEqual(source.files, ['<stdin>'])
  t.is(source.text('<stdin>'), 'version: 1\n')
})

test('a folder is read in byte order, each file once, without hidden ones and others', async (t) => {
  const files = {
    'b.yaml': 'routes: [{ to: 10.2.0.0/16, via: 10.0.0.1 }]',
    'a.yml': 'routes: [{ to: 10.1.0.0/16, via: 10.0.0.1 }]',
    'B.json': '{ "routes": [{ "to": "10.0.0.0/16", "via": "10.0.0.1" }] }',
    '.c.yaml': 'x: 1',
    'd.txt': 'x: 1',
    'e.yaml~': 'x: 1',
  }
  const { config, files: names } = await load(files, { files: ['.', 'b.yaml', './a.yml'] })
  t.deepEqual(names, ['B.json', 'a.yml', 'b.yaml'])
  t.deepEqual(
    config.routes?.map(({ to }) => to),
    ['10.0.0.0/16', '10.1.0.0/16', '10.2.0.0/16'],
  )
})

test('files are merged section by section, in the order in which they are named', async (t) => {
  const files = {
    'a.yaml': 'owner: edge\nbridges:\n  br0: { mtu: 1500 }\nsysctls: { net.ipv4.ip_forward: 1 }\n',
    'b.yaml': 'owner: edge\nbridges:\n  br1: {}\nrules: [{ priority: 1, table: 1 }]\n',
    'c.yaml': '# nothing\n',
  }
  const { config, locate } = await load(files, { files: ['b.yaml', 'c.yaml', 'a.yaml'] })
  t.deepEqual(config, {
    owner: 'edge',
    bridges: { br1: {}, br0: { mtu: 1500 } },
    rules: [{ priority: 1, table: 1 }],
    sysctls: { 'net.ipv4.ip_forward': 1 },
  })
  t.is(locate(['bridges', 'br0'], 'key')?.file, 'a.yaml')
  t.is(locate(['bridges', 'br1'], 'key')?.file, 'b.yaml')
})

test('every value has its place', async (t) => {
  const text =
    'bridges:\r\n  br0:\r\n    mtu: 1500\r\n    addresses: [10.0.0.1/24, "fd00::1/64"]\r\n'
  const { locate } = await load(`\uFEFF${text}`)
  const file = 'netplan.yaml'
  t.deepEqual(locate(['bridges'], 'key'), { file, line: 1, column: 1, endColumn: 8 })
  t.deepEqual(locate(['bridges', 'br0'], 'key'), { file, line: 2, column: 3, endColumn: 6 })
  t.deepEqual(locate(['bridges', 'br0', 'mtu']), { file, line: 3, column: 10, endColumn: 14 })
  t.deepEqual(locate(['bridges', 'br0', 'addresses', 1]), {
    file,
    line: 4,
    column: 30,
    endColumn: 42,
  })
  t.deepEqual(locate(['bridges', 'br0', 'addresses', 1], 'key'), {
    file,
    line: 4,
    column: 30,
    endColumn: 42,
  })
  t.deepEqual(locate(['bridges', 'br0', 'addresses']), { file, line: 4, column: 16, endColumn: 43 })
  t.is(locate(['bridges', 'br1']), undefined)
  t.is(locate(['bridges', 'br0', 'addresses', 2]), undefined)
})

test('positions in lists of several files', async (t) => {
  const files = {
    'a.yaml': 'routes:\n  - { to: 10.1.0.0/16, via: 10.0.0.1 }\n',
    'b.yaml': 'routes:\n  - { to: 10.2.0.0/16, via: 10.0.0.1 }\n',
  }
  const { locate } = await load(files)
  t.deepEqual(locate(['routes', 1, 'to']), { file: 'b.yaml', line: 2, column: 11, endColumn: 22 })
})

test('anchors, aliases and merge keys', async (t) => {
  const { config, locate } = await load(
    `bridges:
  br0: &bridge
    mtu: 1400
    stp: true
    addresses: &none []
  br1: *bridge
  br2:
    stp: false
    <<: *bridge
    "up": false
interfaces:
  eth0: { addresses: *none }
  eth1: { <<: [{ mtu: 1 000 }, { mtu: 9000 }], mtu: 1300 }
`.replace('1 000', '1000'),
  )
  t.deepEqual(config.bridges?.['br1'], { mtu: 1400, stp: true, addresses: [] })
  t.deepEqual(config.bridges?.['br2'], { stp: false, up: false, mtu: 1400, addresses: [] })
  t.deepEqual(config.interfaces?.['eth1'], { mtu: 1300 })
  t.is(locate(['bridges', 'br2', 'mtu'])?.line, 3)
})

test('keys are text, whatever YAML would make of them', async (t) => {
  const { config } = await load(
    'namespaces: { 0755: {}, 1e3: {}, true: {}, ~: {}, __proto__: {}, constructor: {} }',
  )
  t.deepEqual(Object.keys(config.namespaces ?? {}), [
    '0755',
    '1e3',
    'true',
    '~',
    '__proto__',
    'constructor',
  ])
  t.is(Object.getPrototypeOf(config.namespaces), Object.prototype)
})

test('names of JavaScript are not found where nobody declared them', async (t) => {
  const result = await loadConfig({
    files: ['.'],
    cwd: write({
      'a.yaml': 'interfaces:\n  eth0: { bridge: constructor, namespace: __proto__ }\n',
    }),
  })
  t.false(result.ok)
})

test('YAML 1.2, whatever the file says', async (t) => {
  const { config } = await load('%YAML 1.1\n---\nvars: { a: yes, b: 0o10, c: 010, d: 1_000 }\n')
  t.deepEqual(config.vars, { a: 'yes', b: 8, c: 10, d: '1_000' })
})

test('variables', async (t) => {
  const text = `vars:
  uplink: eth0
  vni: 10
  on: true
  fromEnvironment: "\${env.VNI}"
  given:
interfaces:
  eth0: { up: "\${on}" }
vxlans:
  vxlan10: { id: "\${vni}", device: "\${uplink}" }
  vxlan11: { id: "\${fromEnvironment}", namespace: "pod-\${vni}" }
  vxlan12: { id: \u0022\${given}\u0022 }
namespaces:
  pod-10: { path: "/run/$\${x}/$HOME/\${env.NAME}" }
`
  const { config } = await load(text, { env: { VNI: '11', NAME: '{a: 1}' }, vars: { given: '12' } })
  t.deepEqual(config.vxlans, {
    vxlan10: { id: 10, device: 'eth0' },
    vxlan11: { id: 11, namespace: 'pod-10' },
    vxlan12: { id: 12 },
  })
  t.is(config.namespaces?.['pod-10']?.path, '/run/${x}/$HOME/{a: 1}')
  t.deepEqual(config.vars, { uplink: 'eth0', vni: 10, on: true, fromEnvironment: 11, given: 12 })
})

test('what comes from elsewhere reads no environment, but by what a file of the machine declares', async (t) => {
  const remote = (text: string): FileText => ({ name: 'etcd:/net/a', text, remote: true })
  const say = async (...texts: readonly FileText[]): Promise<readonly string[]> => {
    const result = await loadConfig({ files: [], texts, env: { HOME: '/root', NIC: 'br9' } })
    if (!result.ok)
      return result.diagnostics.map(({ location, message }) => {
        const { file = '', line = 0, column = 0 } = location ?? {}
        return `${file}:${String(line)}:${String(column)} ${message}`
      })
    return Object.keys(result.source.config.routes?.[0] ?? {})
  }
  const refusal = 'the environment of this machine is not read for what comes from elsewhere'
  const device = 'interfaces: { br9: {} }\n'
  const route = 'routes: [{ to: default, device: "${env.NIC}" }]\n'
  t.deepEqual(await say(remote(route)), [`etcd:/net/a:1:34 ${refusal}`])
  t.deepEqual(await say(remote('vars: { x: "${env.HOME}" }\n')), [`etcd:/net/a:1:13 ${refusal}`])
  t.deepEqual(await say({ name: 'base.yaml', text: `${device}${route}` }), ['to', 'device'])
  const base = { name: 'base.yaml', text: device + 'vars: { nic: "${env.NIC}" }\n' }
  const shared = remote('routes: [{ to: default, device: "${nic}" }]\n')
  t.deepEqual(await say(base, shared), ['to', 'device'])
})

test('the environment has what it was given, and not what every object has', async (t) => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    const text = `vars: { x: "\${env.${name}}" }\nbridges: { br0: { bridge: "\${x}" } }\n`
    const result = await loadConfig({
      files: ['-'],
      readStdin: () => Promise.resolve(text),
      env: {},
    })
    const told = result.ok ? [] : result.diagnostics.map(({ message }) => message)
    t.true(told.includes(`the environment has no variable "${name}"`), told.join('\n'))
  }
})

test('variables of the command line', async (t) => {
  const text =
    'vars: { name: "1", mtu: 1500 }\nbridges:\n  br0: { mtu: "${mtu}", adopt: "${adopt}" }\nnamespaces: { a: { path: "/${name}" } }\n'
  const vars = { name: '0755', mtu: '1400', adopt: 'true' }
  const { config } = await load(text, { vars })
  t.deepEqual(config.vars, { name: '0755', mtu: 1400 })
  t.deepEqual(config.bridges?.['br0'], { mtu: 1400, adopt: true })
  t.is(config.namespaces?.['a']?.path, '/0755')
})

test('a variable of another file', async (t) => {
  const files = {
    'a.yaml': 'bridges:\n  br0: { mtu: "${mtu}" }\n',
    'b.yaml': 'vars: { mtu: 1400 }\n',
  }
  const { config, locate } = await load(files)
  t.is(config.bridges?.['br0']?.mtu, 1400)
  t.deepEqual(locate(['bridges', 'br0', 'mtu']), {
    file: 'a.yaml',
    line: 2,
    column: 15,
    endColumn: 23,
  })
})

test('what looks odd, and is valid', async (t) => {
  const result = await loadConfig({
    files: ['.'],
    cwd: write({
      'a.yaml': `interfaces:
  eth0:
    addresses: [10.0.0.1/32, "fe80::1/64"]
    routes: [{ to: 10.0.0.2 }, { to: default, via: 10.0.0.2, onlink: true }, { to: default, via: 10.0.0.2, metric: 5 }]
    neighbors: [{ address: 10.0.0.9, proxy: true }, { address: 10.0.0.9, mac: 02:00:00:00:00:01 }]
  eth1: { addresses: ["fe80::1/64"] }
vxlans:
  a: { id: 0, fdb: [{ mac: 00:00:00:00:00:00, remote: 10.0.0.2 }, { mac: 00:00:00:00:00:00, remote: 10.0.0.3 }] }
  b: { id: 0, port: 8472, mtu: auto, group: 239.1.1.1, device: lo }
routes:
  - { to: default, type: unreachable, metric: 4294967295 }
  - { to: "::/0", via: "fe80::1", device: eth0 }
  - { to: 10.9.0.0/16, via: "fe80::1", device: eth0 }
rules:
  - { priority: 1, table: 100, from: default, family: inet6 }
  - { priority: 1, table: 100, from: default }
  - { priority: 1, type: prohibit, fwmark: 0x10/0xff, dport: 80-80, ipProto: tcp }
sysctls: { net.ipv4.tcp_rmem: "4096\\t131072 6291456", net.ipv6.conf.all.forwarding: yes }
`,
      'b.yaml': `forwarding:
  - { inInterface: veth+, outInterface: "veth+" }
  - { source: 10.244.0.0/16, protocol: sctp, ports: 80-80, action: reject }
  - { family: inet6, protocol: ipv6-icmp }
  - { action: drop }
masquerade:
  - { source: 10.244.0.7, exceptDestination: 10.244.0.0/16 }
  - { outInterface: auto, family: inet6 }
  - { source: 0.0.0.0/0, destination: 192.0.2.1, exceptOutInterface: not-there }
serviceProxy:
  serviceCIDRs: [10.96.0.0/16, "fd00:96::/112"]
  clusterCIDRs: [10.244.0.0/16, "fd00:244::/56"]
  podCIDRs: [10.244.1.0/24, "fd00:244:0:1::/64"]
  nodePortAddresses: [192.168.0.0/24, 127.0.0.0/8, 0.0.0.0/0]
  localhostNodePorts: true
  masqueradeBit: 0
services:
  kube-system/dns.v1:
    clusterIPs: [10.96.0.10, "fd00:96::a"]
    ports:
      - { name: dns, port: 53, protocol: udp, targetPort: 5353, nodePort: 30053 }
      - { name: dns-tcp, port: 53, nodePort: 30053 }
    endpoints:
      - 10.244.1.2
      - { address: 10.244.2.2, node: node-b.example.org, ready: false, serving: true, terminating: true }
      - { address: "fd00:244:0:2::2", node: node-b }
    sessionAffinity: {}
  none: { clusterIPs: [10.96.0.11], ports: [{ port: 53 }] }
  node-ports-alone: { ports: [{ port: 80, nodePort: 80 }], endpoints: [10.244.1.2, "fd00:244:0:1::2"] }
  shared-load-balancer:
    loadBalancerIPs: [192.0.2.9]
    externalIPs: [192.0.2.10]
    ports: [{ port: 80 }]
    loadBalancerSourceRanges: [0.0.0.0/0]
    externalTrafficPolicy: Local
  other-port: { loadBalancerIPs: [192.0.2.9], ports: [{ port: 80, protocol: udp }] }
iptables:
  - { table: mangle, chain: FORWARD, rule: "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu" }
  - { table: nat, chain: POSTROUTING, rule: '-s fd00::/64 -m comment --comment "-i DNAT" -o eth0 -j MASQUERADE' }
  - { table: raw, chain: PREROUTING, rule: -i eth0 -j DROP, place: after DOCKER-USER }
  - { chain: INPUT, rule: -p icmp -j ACCEPT, family: inet, place: last }
  - { chain: OUTPUT, rule: -m owner --uid-owner 0 -j OTHERS }
checks:
  - { name: gateway, ping: 10.0.0.1, count: 3, timeoutSeconds: 0.5 }
  - { tcp: "[fd00::1]:80", expect: failure }
  - { udp: 10.96.0.10:53, send: "", reply: hello, reaches: [10.244.1.2:5353], count: 2 }
  - { http: "https://[fd00::1]/healthz?a=b", status: 204 }
  - { dns: web.example., server: fd00::53, type: AAAA, answers: [fd00::1] }
`,
    }),
  })
  t.deepEqual(result.ok ? result.warnings : result.diagnostics, [])
})

test('the examples are valid', async (t) => {
  const root = join(process.cwd(), 'examples')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)(node|fleet)[^/]*\.yaml$/.test(name),
  )
  t.true(files.length >= 10, 'ten examples')
  const machine = {
    given: 'node-1',
    hostname: '',
    addresses: (): Promise<readonly string[]> => Promise.resolve([]),
  }
  for (const name of files) {
    const result = await loadConfig({ files: [join(root, name)], env: {}, machine })
    t.true(result.ok, `${name}: ${JSON.stringify(result.ok || result.diagnostics)}`)
    t.is(result.ok && result.source.text(join(root, name)), readFileSync(join(root, name), 'utf8'))
  }
})
