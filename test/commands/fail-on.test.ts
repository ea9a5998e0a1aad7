import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { netplan } from './cli.ts'

const node = createNode()
const at = ['--netns', node.name]

test.after.always(() => {
  node.remove()
})

const config = `bridges: { br0: {} }
vxlans: { vxlan9: { id: 9, port: 4790 } }
routes: [{ to: 10.11.0.0/16, type: blackhole }]
services:
  default/web: { clusterIPs: [10.96.0.10], ports: [{ port: 80 }], endpoints: [10.0.1.2, 10.0.2.2] }
`

test.before(async (t) => {
  const { code, stderr } = await netplan(['apply', '--auto-approve', ...at], { input: config })
  t.is(code, 0, stderr)
})

const codeOf = async (input: string, kinds: string, ...more: string[]): Promise<number> => {
  const { code } = await netplan(['plan', ...at, '--fail-on', kinds, ...more], { input })
  return code
}

test.serial('1: the plan does what is refused; else the code is as always', async (t) => {
  const replaced = config.replace('id: 9', 'id: 10')
  t.is(await codeOf(replaced, 'replace'), 1)
  t.is(await codeOf(replaced, 'delete,conflict,lockout,limit'), 0)
  t.is(await codeOf(replaced, 'delete', '--detailed-exitcode'), 2)
  t.is(await codeOf(replaced, 'replace', '--detailed-exitcode'), 1)

  const deleted = config.replace(/^routes.*\n/m, '')
  t.is(await codeOf(deleted, 'delete'), 1)
  t.is(await codeOf(deleted, 'replace'), 0)
  t.is(await codeOf(`${deleted}limits: { maxDestroy: 0 }\n`, 'limit'), 1)
  t.is(await codeOf(`${deleted}limits: { maxDestroy: 1 }\n`, 'limit'), 0)
  t.is(await codeOf(config, 'replace,delete,conflict,lockout,limit', '--detailed-exitcode'), 0)
})

test.serial('a service that loses an endpoint changes, and deletes nothing', async (t) => {
  const input = config.replace(', 10.0.2.2', '')
  t.is(await codeOf(input, 'delete,replace', '--detailed-exitcode'), 2)
  t.is(await codeOf(config.replace(/^services:[^]*/m, ''), 'delete'), 1)
})

test.serial('what is refused is told at its line, and the plan is printed as always', async (t) => {
  const input = config.replace('id: 9', 'id: 10')
  const plan = ['plan', ...at]
  const always = await netplan(plan, { input })
  const refused = await netplan([...plan, '--fail-on', 'replace'], { input })
  t.is(refused.stdout, always.stdout)
  t.regex(
    refused.stderr,
    /^<stdin>:2:11: error: vxlan vxlan9 would be replaced, which --fail-on replace refuses\n/,
  )
  const json = await netplan([...plan, '--json', '--fail-on', 'replace'], { input })
  t.is(json.code, 1)
  t.is(readDocuments(json.stdout).length, 1)
})

test.serial('a conflict is none with --adopt, unless that is refused', async (t) => {
  node.ip('link add br1 type bridge')
  const input = config.replace('br0: {}', 'br0: {}, br1: {}')
  t.is(await codeOf(input, 'delete'), 1)
  t.is(await codeOf(input, 'delete', '--adopt'), 0)
  t.is(await codeOf(input, 'conflict', '--adopt'), 1)
  node.ip('link delete br1')
})

test.serial('the way to the node', async (t) => {
  node.ip('link add eth0 type veth peer name other0')
  node.ip('address add 172.18.0.2/24 dev eth0')
  node.ip('link set other0 up')
  node.ip('link set eth0 up')
  node.ip('route add default via 172.18.0.1')
  const input = `${config}interfaces: { eth0: { bridge: br0 } }\n`
  t.is(await codeOf(input, 'lockout'), 1)
  t.is(await codeOf(input, 'replace'), 0)
})

test.serial('a fleet: one node is enough', async (t) => {
  const folder = mkdtempSync('/run/netplan-test-')
  const fleet = (names: readonly string[]): string => {
    const nodes = names.map((name, index) => `${name}: { address: 172.16.0.${String(index + 1)} }`)
    return `cluster:\n  podCIDR: 10.244.0.0/16\n  podCIDRFrom: position\n  nodes: { ${nodes.join(', ')} }\n`
  }
  try {
    writeFileSync(join(folder, 'old.yaml'), fleet(['one', 'two', 'three']))
    writeFileSync(join(folder, 'new.yaml'), fleet(['one', 'two']))
    const plan = ['plan', '--fleet', '--against', 'old.yaml', '-f', 'new.yaml']
    const allowed = await netplan([...plan, '--fail-on', 'replace'], { cwd: folder })
    t.is(allowed.code, 0, allowed.stderr)
    const refused = await netplan([...plan, '--fail-on', 'delete'], { cwd: folder })
    t.is(refused.code, 1)
    t.regex(
      refused.stdout,
      /^2 nodes: one, two: error: route 10\.244\.2\.0\/24 would be destroyed/m,
    )
    const report = [...plan, '--fail-on', 'delete', '--format', 'junit']
    const { stdout } = await netplan(report, { cwd: folder })
    t.regex(stdout, / tests="3" failures="2" errors="0">/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
