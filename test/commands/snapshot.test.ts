import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parseSnapshot } from '../../src/kernel/parse-snapshot.ts'
import type { Snapshot } from '../../src/kernel/snapshot.ts'
import { snapshotErrors } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { run } from '../run.ts'
import { netplan, program } from './cli.ts'

const node = createNode()
const other = createNode()
const pod = node.ns('pod')
const folder = mkdtempSync('/run/netplan-test-')
const file = join(folder, 'node.json')

test.after.always(() => {
  node.remove()
  other.remove()
  rmSync(folder, { recursive: true })
})

const config = `
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
sysctls: { net.ipv4.ip_forward: 1, net.ipv4.tcp_ecn: 1 }
`

const at = ['--netns', node.name]

const take = (...args: string[]): ReturnType<typeof netplan> =>
  netplan(['show', ...at, ...args], { input: config })

test.before(async (t) => {
  const applied = await netplan(['apply', '--auto-approve', ...at], { input: config })
  t.is(applied.code, 0, applied.stdout + applied.stderr)
  const taken = await take('--snapshot', file)
  t.deepEqual(taken, { code: 0, stdout: `Snapshot of node ${node.name}: ${file}\n`, stderr: '' })
})

const read = (): Snapshot => parseSnapshot(readFileSync(file, 'utf8'), file)

const fromSnapshot = (input: string, ...args: string[]): ReturnType<typeof netplan> =>
  netplan(['plan', '--state', file, ...args], { input })

test.serial('a snapshot is a document of the schema, for nobody else to read', (t) => {
  const snapshot = read()
  t.is(snapshotErrors(snapshot), '')
  t.is(statSync(file).mode & 0o777, 0o600)
  t.like(snapshot.node, { name: node.name, given: null, netns: node.name })
  t.deepEqual(
    snapshot.namespaces.map(({ name, exists }) => [name, exists]),
    [
      ['', true],
      [pod, true],
    ],
  )
  t.deepEqual(
    snapshot.owners.map(({ owner }) => owner),
    ['netplan'],
  )
})

test.serial('- is standard output; with --json a file is told of', async (t) => {
  const printed = await take('--snapshot', '-', '--node', 'edge-1')
  const snapshot = JSON.parse(printed.stdout) as Snapshot
  t.is(snapshotErrors(snapshot), '')
  t.like(snapshot.node, { name: 'edge-1', given: 'edge-1', netns: node.name })
  const told = await take('--snapshot', file, '--json')
  const expected = { formatVersion: '1.0', node: node.name, snapshot: file }
  t.deepEqual(JSON.parse(told.stdout), expected)
})

test.serial('what is no regular file is not replaced', async (t) => {
  const link = join(folder, 'link')
  symlinkSync('/dev/null', link)
  for (const [to, reason] of [
    [link, 'it is no regular file (- is standard output)'],
    [folder, 'it is no regular file (- is standard output)'],
    [join(folder, 'none', 'x'), 'there is no such file or folder'],
  ]) {
    const { code, stderr } = await take('--snapshot', String(to))
    t.deepEqual([code, stderr], [1, `netplan: cannot write ${String(to)}: ${String(reason)}\n`])
  }
  t.false(existsSync(join(folder, 'none')))
})

const changed = config
  .replace('10.9.0.1/24', '10.9.0.3/24')
  .replace('namespaces: {', 'namespaces: { new-pod: { sysctls: { net.ipv4.tcp_ecn: 2 } },')
  .replace('sysctls: { net', 'sysctls: { net.ipv4.conf.veth7.rp_filter: 2, net')
  .concat('routes: [{ to: 10.8.0.0/16, via: 10.9.0.9 }]\n')
  .replace('  veth1:', '  veth7: { peer: { name: veth8 } }\n  veth1:')

test.serial('another configuration is planned as on the node, in every format', async (t) => {
  for (const args of [[], ['--json'], ['--format', 'script'], ['--adopt', '--detailed-exitcode']]) {
    const here = await netplan(['plan', ...at, ...args], { input: changed })
    t.deepEqual(await fromSnapshot(changed, ...args), here)
    t.regex(here.stdout, /10\.8\.0\.0\/16/)
  }
})

test.serial('what was not read is named, and is not nothing', async (t) => {
  const remedy =
    'it was taken for another configuration, or by another version: take it again on the node, ' +
    'with these files: netplan show -f FILE --snapshot FILE'
  const lacks: readonly (readonly [string, readonly string[], string])[] = [
    [
      'sysctls: { net.ipv4.tcp_sack: 1, net.ipv4.conf.br0.mc_forwarding: 0 }',
      [],
      'kernel parameters net/ipv4/tcp_sack, net/ipv4/conf/br0/mc_forwarding of the node itself',
    ],
    [
      `namespaces: { ${pod}: { sysctls: { net.ipv4.tcp_sack: 1 } } }`,
      [],
      `kernel parameter net/ipv4/tcp_sack of namespace ${pod}`,
    ],
    [`namespaces: { ${other.name}: {} }`, [], `namespace /run/netns/${other.name}`],
    [`namespaces: { one: { pid: 4711 } }`, [], 'namespace /proc/4711/ns/net'],
    [
      'masquerade: [{ source: 10.9.0.0/24 }]',
      ['--iptables', 'legacy'],
      'output of "iptables-legacy-save" of the node itself',
    ],
  ]
  for (const [input, args, what] of lacks) {
    const { code, stdout, stderr } = await fromSnapshot(input, ...args)
    const message = `netplan: the snapshot ${file} has no ${what}; ${remedy}\n`
    t.deepEqual([code, stdout, stderr], [1, '', message])
  }
})

test.serial('a snapshot comes by standard input, if no configuration does', async (t) => {
  const yaml = join(folder, 'stdin.yaml')
  writeFileSync(yaml, config)
  const text = readFileSync(file, 'utf8')
  const plan = [...program, 'plan', '-f', yaml]
  const there = await run([...plan, '--state', file])
  t.deepEqual(await run([...plan, '--state', '-'], { input: text }), there)
  const imported = await run([...program, 'import', '--state', '-', '-o', '-'], { input: text })
  t.deepEqual(imported, await run([...program, 'import', '--state', file]))
  const wrong = await run([...plan, '--state', '-'], { input: config })
  t.is(wrong.code, 65)
  t.regex(
    wrong.stderr,
    /^netplan: <stdin> is no snapshot: .*; netplan show --snapshot writes one\n$/,
  )
  for (const command of ['plan', 'rehearse', 'validate']) {
    const both = await netplan([command, '--state', '-'], { input: config })
    const message = 'netplan: standard input can be read once: by -f, or by --state\n'
    t.deepEqual(both, { code: 64, stdout: '', stderr: message })
  }
})

test.serial('a snapshot that cannot be read is no node', async (t) => {
  const missing = join(folder, 'missing')
  const ended = await netplan(['plan', '--state', missing], { input: config })
  const message = `netplan: cannot read ${missing}: there is no such file or folder\n`
  t.deepEqual(ended, { code: 65, stdout: '', stderr: message })
  const damaged = join(folder, 'damaged')
  const text = readFileSync(file, 'utf8')
  writeFileSync(damaged, text.replaceAll('"stdout": "[{', '"stdout": "[{]'))
  const torn = await netplan(['plan', '--json', '--state', damaged], { input: config })
  t.is(torn.code, 65)
  t.regex(torn.stdout, /is a damaged snapshot: an output in it is not what the program prints/)
  const both = await netplan(['plan', ...at, '--state', file], { input: config })
  t.is(both.code, 64)
})

test('what is wrong with a snapshot is told by its place', (t) => {
  const good = read()
  const [own] = good.namespaces
  const bad: readonly (readonly [unknown, string])[] = [
    [
      undefined,
      'x.json is no snapshot: it is not JSON (Unexpected end of JSON input); netplan show --snapshot writes one',
    ],
    [[good], 'x.json is no snapshot of a node: netplan show --snapshot writes one'],
    [
      { ...good, type: 'plan' },
      'x.json is no snapshot of a node: netplan show --snapshot writes one',
    ],
    [
      { ...good, formatVersion: '2.0' },
      'x.json has format 2.0, and this netplan reads 1.0: use the version that wrote it',
    ],
    [
      { ...good, formatVersion: 1 },
      'x.json has format of no version, and this netplan reads 1.0: use the version that wrote it',
    ],
    [{ ...good, node: null }, 'x.json is a damaged snapshot: node is null, not a mapping'],
    [
      { ...good, named: 'pod1' },
      'x.json is a damaged snapshot: named is of type string, not a list',
    ],
    [
      { ...good, owners: [{ owner: 'a', ownerId: 'b' }] },
      'x.json is a damaged snapshot: owners[0].ownerId is of type string, not a number',
    ],
    [
      { ...good, firewall: { backend: 'pf', plain: false } },
      'x.json is a damaged snapshot: firewall.backend is not one of nft, legacy',
    ],
    [
      { ...good, namespaces: [{ ...own, sysctls: { 'net/a': 1 } }] },
      'x.json is a damaged snapshot: namespaces[0].sysctls.net/a is of type number, not a string',
    ],
    [
      { ...good, namespaces: [{ ...own, outputs: [{ argv: ['ip', 1] }] }] },
      'x.json is a damaged snapshot: namespaces[0].outputs[0].argv[1] is of type number, not a string',
    ],
    [{ ...good, namespaces: [] }, 'x.json is a damaged snapshot: namespaces is empty'],
  ]
  for (const [document, message] of bad) {
    const text = document === undefined ? '' : JSON.stringify(document)
    t.throws(() => parseSnapshot(text, 'x.json'), { name: 'SnapshotError', message })
  }
})

/** A node with addresses of its own kind: a card's MAC address, public networks. */
const publicConfig = (address: string, vip: string, six: string): string => `
interfaces: { eth0: { addresses: ['${address}/24', '${six}/64'] } }
routes: [{ to: default, via: ${address.replace(/\d+$/, '254')} }]
bridges: { br0: { addresses: [10.9.0.1/24] } }
services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80 }], endpoints: [10.9.0.2], externalIPs: [${vip}] }
`

test('--redact: what is planned from it is planned alike, and nobody is found by it', async (t) => {
  const mac = '00:1b:21:aa:bb:cc'
  other.ip(`link add name eth0 address ${mac} type veth peer name far0`)
  other.ip(`link property add dev eth0 altname enx${mac.replaceAll(':', '')}`)
  const text = publicConfig('45.83.7.12', '91.4.3.2', '2a00:1450:4001:5::7')
  const own = ['--netns', other.name]
  const applied = await netplan(['apply', '--auto-approve', ...own], { input: text })
  t.is(applied.code, 0, applied.stderr)
  const redacted = join(folder, 'redacted.json')
  const taken = await netplan(['show', ...own, '--snapshot', redacted, '--redact'], { input: text })
  t.is(taken.code, 0, taken.stderr)
  const snapshot = readFileSync(redacted, 'utf8')
  t.is(snapshotErrors(JSON.parse(snapshot)), '')
  t.notRegex(snapshot, /45\.83|91\.4\.3|2a00:1450|00:1b:21|21b:21ff|0:1b:21|1b21|aa:bb:cc|5b040302/)
  // By its digest, an address is guessed in no time.
  t.notRegex(snapshot, /"applied"/)
  const told = taken.stderr.matchAll(/put (\S+) in the place of (\S+)$/gm)
  const pairs = [...told].map(([, alias = '', one = '']) => [one, alias] as const)
  t.is(pairs.length, 4, taken.stderr)
  const same = pairs.reduce((file, [one, alias]) => file.replaceAll(one, alias), text)
  const planned = await netplan(['plan', '--state', redacted], { input: same })
  t.regex(planned.stdout, /^No changes\./m, planned.stdout + planned.stderr)
  const changed = await netplan(['plan', '--state', redacted], { input: text })
  t.regex(changed.stdout, /45\.83\.7\.12/)
  const plan = join(folder, 'redacted.plan')
  const saved = await netplan(['plan', '--state', redacted, '--out', plan], { input: same })
  t.is(saved.code, 1)
  t.regex(saved.stderr, /is redacted, and a plan for it can be looked at, but not applied/)
  t.false(existsSync(plan))
})

test.serial('names in a snapshot make no lines of their own', async (t) => {
  const evil = String.raw`br0\n::error::lie\n- bridge br9`
  const forged = join(folder, 'forged.json')
  const text = readFileSync(file, 'utf8')
  // One of ours, with a name that no kernel gives.
  const named = text
    .replaceAll(String.raw`\"br0\"`, String.raw`\"${evil.replaceAll('\\', '\\\\')}\"`)
    .replaceAll('/br0/', `/${evil}/`)
  t.not(named, text)
  writeFileSync(forged, named)
  for (const format of ['text', 'markdown', 'junit', 'github']) {
    const planned = await netplan(['plan', '--state', forged, '--format', format], {
      input: 'bridges: {}',
    })
    const said = planned.stdout + planned.stderr
    t.regex(said, /br0.*(?:\\u000a|%0A)::error::lie/, format)
    t.notRegex(said, /^\s*::error::lie|^- bridge br9/m, format)
  }
})

test.serial('NODE_NAME is the name of the node in a snapshot, too', async (t) => {
  const env = { NODE_NAME: 'node-7' }
  const taken = await netplan(['show', ...at, '--snapshot', '-'], { input: config, env })
  t.is(taken.code, 0, taken.stderr)
  const { node: found } = JSON.parse(taken.stdout) as Snapshot
  t.deepEqual([found.name, found.given], ['node-7', 'node-7'])
})

test.serial('validate --state: what that node has against a configuration is told', async (t) => {
  const good = await netplan(['validate', '--state', file], { input: config })
  t.is(good.code, 0, good.stderr)
  t.regex(good.stdout, /^Valid: /)
  node.ip('link add name br7 type bridge')
  const again = join(folder, 'again.json')
  t.is((await take('--snapshot', again)).code, 0)
  const input = `${config.trim()}\nrules: []\n`.replace(
    'bridges: { br0:',
    'bridges: { br7: {}, br0:',
  )
  const bad = await netplan(['validate', '--state', again], { input })
  t.is(bad.code, 1)
  t.regex(bad.stderr, /bridge br7 exists already and is not ours/)
  t.is((await netplan(['validate', '--state', again, '--adopt'], { input })).code, 0)
  t.is((await netplan(['validate'], { input })).code, 0)
})
