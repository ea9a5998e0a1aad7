// What --json prints is of the schemas that `netplan schema` publishes.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { documentErrors } from '../documents.ts'
import type { DocumentName } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { root } from '../run.ts'
import { netplan } from './cli.ts'

const node = createNode()
const pod = node.ns('pod')
const at = ['--netns', node.name]
const folder = mkdtempSync('/run/netplan-test-')

test.after.always(() => {
  node.remove()
  rmSync(folder, { recursive: true })
})

const input = `
namespaces:
  ${pod}: {}
bridges:
  br0: { addresses: [10.9.0.1/24] }
veths:
  veth1:
    bridge: br0
    peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] }
routes:
  - { to: 10.10.0.0/16, via: 10.9.0.2 }
sysctls:
  net.ipv4.ip_forward: 1
masquerade:
  - { source: 10.9.0.0/24 }
checks:
  - { ping: 10.9.0.2 }
  - { from: ${pod}, tcp: 10.9.0.1:9, expect: failure }
  - { tcp: 10.9.0.2:9 }
`

/** Nodes of which none has a plan, for two VXLANs have one number. */
const twice = `
cluster:
  podCIDR: 10.244.0.0/16
  nodeCIDR: 172.16.0.0/24
  podCIDRFrom: hostNumber
  interface: eth0
  nodes: { n1: { address: 172.16.0.1 }, n2: { address: 172.16.0.2 } }
`
const vxlans = `
vxlans:
  v1: { id: 7, local: 172.16.0.1 }
  v2: { id: 7, local: 172.16.0.1 }
`

const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const good = write('good.yaml', twice)
const bad = write('bad.yaml', `${twice}${vxlans}`)

test.before(async (t) => {
  const applied = await netplan(['apply', '--auto-approve', ...at], { input })
  t.is(applied.code, 0, applied.stdout + applied.stderr)
  node.ip('route add 10.12.0.0/16 via 10.9.0.9 proto bird')
})

interface Printing {
  readonly title: string
  readonly args: readonly string[]
  readonly input?: string
  readonly code: number
  readonly schema: DocumentName
  /** Keys that are there only now and then. */
  readonly has?: readonly string[]
}

const printings: readonly Printing[] = [
  { title: 'show', args: ['show', ...at], input, code: 0, schema: 'objects' },
  { title: 'show --owned', args: ['show', '--owned', ...at], input, code: 0, schema: 'objects' },
  {
    title: 'import',
    args: ['import', ...at],
    code: 0,
    schema: 'import',
    has: ['configuration', 'what'],
  },
  {
    title: 'import -o',
    args: ['import', '-o', join(folder, 'x.yaml'), ...at],
    code: 0,
    schema: 'import',
    has: ['file'],
  },
  { title: 'validate', args: ['validate'], input, code: 0, schema: 'validation' },
  {
    title: 'validate, of a cluster',
    args: ['validate'],
    input: twice,
    code: 0,
    schema: 'validation',
    has: ['nodes'],
  },
  {
    title: 'check --probes',
    args: ['check', '--probes', ...at],
    input,
    code: 2,
    schema: 'probes',
    has: ['from'],
  },
  {
    title: 'check --probes without checks',
    args: ['check', '--probes', ...at],
    input: 'version: 1\n',
    code: 0,
    schema: 'probes',
  },
  {
    title: 'a configuration that is invalid',
    args: ['validate', '-f', bad],
    code: 65,
    schema: 'error',
    has: ['related'],
  },
  { title: 'a wrong flag', args: ['plan', '--nope'], code: 64, schema: 'error' },
  {
    title: 'a fleet without plans',
    args: ['plan', '--fleet', '--against', good, '-f', bad],
    code: 1,
    schema: 'fleet',
    has: ['related'],
  },
  {
    title: 'a rehearsal of a fleet that is invalid',
    args: ['rehearse', '--fleet', '-f', bad],
    code: 65,
    schema: 'fleet-rehearsal',
    has: ['related'],
  },
]

for (const { title, args, input: given, code, schema, has = [] } of printings) {
  test.serial(`${title}: ${schema}.schema.json`, async (t) => {
    const ended = await netplan([...args, '--json'], given === undefined ? {} : { input: given })
    t.is(ended.code, code, ended.stdout + ended.stderr)
    t.is(documentErrors(schema, JSON.parse(ended.stdout)), '')
    for (const key of has) t.true(ended.stdout.includes(`"${key}":`), key)
  })
}

test.serial('every schema is printed by name, and is told of', async (t) => {
  const names = readdirSync(join(root, 'schemas')).map((file) => file.replace('.schema.json', ''))
  const text = readFileSync(join(root, 'docs/commands.md'), 'utf8')
  for (const name of names) {
    const { code, stdout } = await netplan(['schema', name])
    t.is(code, 0, name)
    t.like(JSON.parse(stdout), { $id: `https://netplan.example/schemas/${name}.schema.json` })
    t.true(text.includes(`\`${name}\``), name)
  }
})

const place = { file: 'node.yaml', line: 1, column: 1 }
const diagnostic = { severity: 'error', code: 'value', message: 'wrong', location: place }
const error = { code: 'usage', message: 'wrong', diagnostics: [diagnostic] }
const object = { address: 'bridge br0', kind: 'link', owner: 'ours', attributes: { up: true } }
const objects = { formatVersion: '1.0', node: 'n', owner: 'netplan', objects: [object] }
const omission = { what: 'route default', why: 'made by dhcp' }
const imported = { formatVersion: '1.0', node: 'n', owner: 'netplan', omissions: [omission] }
const valid = { formatVersion: '1.0', valid: true, files: ['a'], objects: 1, diagnostics: [] }
const made = {
  name: 'gateway',
  from: null,
  kind: 'ping',
  ok: true,
  detail: '',
  milliseconds: 0.1,
  source: place,
}
const probes = { formatVersion: '1.0', node: 'n', passed: true, checks: [made] }

const right: readonly (readonly [DocumentName, object])[] = [
  ['error', { error }],
  ['objects', objects],
  ['import', { ...imported, configuration: { version: 1 } }],
  ['import', { ...imported, file: 'x.yaml' }],
  ['validation', { ...valid, nodes: { n1: 3 } }],
  ['probes', probes],
]

test('the schemas take documents', (t) => {
  for (const [name, document] of right) t.is(documentErrors(name, document), '')
})

const wrong: readonly (readonly [string, DocumentName, object])[] = [
  ['an error beside something else', 'error', { error, plan: {} }],
  [
    'a diagnostic without severity',
    'error',
    { error: { ...error, diagnostics: [{ ...diagnostic, severity: undefined }] } },
  ],
  ['an object of nobody', 'objects', { ...objects, objects: [{ ...object, owner: 'nobody' }] }],
  ['an import of nothing', 'import', imported],
  ['an import twice', 'import', { ...imported, configuration: {}, file: 'x.yaml' }],
  [
    'an import that is no configuration',
    'import',
    { ...imported, configuration: { bridges: { br0: { mtu: 12 } } } },
  ],
  ['a valid configuration that is not', 'validation', { ...valid, valid: false }],
  ['a number of objects below zero', 'validation', { ...valid, objects: -1 }],
  ['a check of no kind', 'probes', { ...probes, checks: [{ ...made, kind: 'smell' }] }],
  ['a check without a place', 'probes', { ...probes, checks: [{ ...made, source: undefined }] }],
]

for (const [title, name, document] of wrong) {
  test(`${name}.schema.json refuses ${title}`, (t) => {
    t.not(documentErrors(name, JSON.parse(JSON.stringify(document))), '')
  })
}
