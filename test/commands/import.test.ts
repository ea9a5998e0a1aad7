import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readDocuments } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { netplan } from './cli.ts'

const node = createNode()
const pod = node.ns('pod')
const folder = mkdtempSync('/run/netplan-test-')
const at = ['--netns', node.name]

test.after.always(() => {
  node.remove()
  rmSync(folder, { recursive: true })
})

const config = `namespaces:
  ${pod}: {}
bridges:
  br0: { addresses: [ 10.9.0.1/24 ] }
veths:
  veth1:
    bridge: br0
    peer: { name: eth0, namespace: ${pod}, addresses: [ 10.9.0.2/24 ] }
sysctls:
  net.ipv4.ip_forward: 1
masquerade:
  - { source: 10.9.0.0/24 }
`

const head = `# What node ${node.name} has. "netplan apply --adopt" of it changes nothing but whose it is.\n\n`

test.before(async (t) => {
  const applied = await netplan(['apply', '--auto-approve', ...at], { input: config })
  t.is(applied.code, 0, applied.stdout + applied.stderr)
})

test.serial('what a file made is that file', async (t) => {
  const imported = await netplan(['import', ...at])
  t.deepEqual(imported, { code: 0, stdout: head + config, stderr: '' })
})

test.serial('a snapshot is imported as the node is', async (t) => {
  const file = join(folder, 'node.json')
  t.is((await netplan(['show', '--snapshot', file, ...at], { input: config })).code, 0)
  const imported = await netplan(['import', '--state', file])
  t.deepEqual(imported, { code: 0, stdout: head + config, stderr: '' })
})

test.serial('-o writes a file that is not there yet', async (t) => {
  const file = join(folder, 'netplan.yaml')
  const written = await netplan(['import', '-o', file, ...at])
  const told = `Configuration of node ${node.name}: ${file}\n`
  t.deepEqual(written, { code: 0, stdout: told, stderr: '' })
  t.is(readFileSync(file, 'utf8'), head + config)
  const printed = await netplan(['import', '-o', '-', ...at])
  t.deepEqual(printed, { code: 0, stdout: head + config, stderr: '' })
  const again = await netplan(['import', '-o', file, ...at])
  const refused = `netplan: cannot write ${file}: it is there already, and stays as it is: name another file\n`
  t.deepEqual(again, { code: 1, stdout: '', stderr: refused })
  t.is((await netplan(['import', '-o', join(folder, 'no', 'x'), ...at])).code, 1)
  t.false(existsSync(join(folder, 'no')))
})

test.serial('--json: the configuration as data, and what is not in it', async (t) => {
  node.ip('route add 10.10.0.0/16 via 10.9.0.9 proto bird')
  const { stdout } = await netplan(['import', '--json', ...at])
  t.like(readDocuments(stdout), [
    {
      formatVersion: '1.0',
      node: node.name,
      owner: 'netplan',
      configuration: { bridges: { br0: { addresses: ['10.9.0.1/24'] } } },
      omissions: [{ what: 'route 10.10.0.0/16', why: 'made by bird (--all takes it)' }],
    },
  ])
  const { stdout: all } = await netplan(['import', '--all', ...at])
  t.regex(all, /- \{ to: 10\.10\.0\.0\/16, via: 10\.9\.0\.9 \}/)
  node.ip('route delete 10.10.0.0/16')
})

test.serial('services cannot be read back: there is no file that would delete them', async (t) => {
  const service = `services:
  web: { clusterIPs: [10.96.0.1], ports: [{ port: 80 }], endpoints: [10.9.0.2] }
`
  const input = config + service
  t.is((await netplan(['apply', '--auto-approve', ...at], { input })).code, 0)
  const { code, stdout, stderr } = await netplan(['import', ...at])
  t.deepEqual([code, stdout], [1, ''])
  t.regex(stderr, /^netplan: netplan has services on this node, which cannot be read back/)
  const other = await netplan(['import', '--owner', 'other', ...at])
  t.is(other.code, 0)
  t.regex(other.stdout, /^# of netplan's owner netplan:$/m)
  t.notRegex(other.stdout, /^bridges:/m)
  const shown = await netplan(['show', '--owned', ...at], { input })
  t.regex(shown.stdout, /^# services cannot be read back:$/m)
  t.regex(shown.stdout, /^# {3}service web tcp\/80$/m)
  t.is((await netplan(['apply', '--auto-approve', ...at], { input: config })).code, 0)
})

test.serial('a file of another owner says whose it is', async (t) => {
  const { stdout } = await netplan(['import', '--owner', 'edge', ...at])
  t.regex(stdout, /^owner: edge$/m)
  for (const command of ['import', 'show'])
    t.is((await netplan([command, '--owner', 'No: {', ...at])).code, 64, command)
})
