// What lints say of a node, and that it is so.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { nodeFor } from '../node/story.ts'

const warningsOf = async (node: TestNode, yaml: string): Promise<readonly string[]> => {
  const result = await node.tryPlan(yaml)
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.warnings.map(({ message }) => message)
}

const iptables = (node: TestNode, ...lines: readonly string[]): void => {
  for (const line of lines) node.exec(['iptables-nft', ...line.split(' ')])
}

const uplink = (node: TestNode): void => {
  node.ip('link add name up0 type veth peer name up1')
  node.ip('address add 192.0.2.1/24 dev up0')
  node.ip('link set dev up0 up')
}

const web = `
serviceProxy: { clusterCIDRs: [10.0.0.0/16] }
services:
  web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: [10.0.1.2]
`

test('a second owner of an address, written by iptables itself', async (t) => {
  const node = nodeFor(t)
  iptables(
    node,
    '-t nat -N KUBE-SERVICES',
    '-t nat -N KUBE-SVC-A',
    '-t nat -A KUBE-SVC-A -p tcp -m comment --comment default/web -j DNAT --to-destination 10.0.1.9:80',
    '-t nat -A KUBE-SERVICES -p tcp --dport 80 -d 10.96.0.10 -m comment --comment default/web -j KUBE-SVC-A',
    '-t nat -A KUBE-SERVICES -p tcp -m multiport --dports 30080,30081 -j KUBE-SVC-A',
  )
  t.deepEqual(await warningsOf(node, web), [])
  iptables(node, '-t nat -A PREROUTING -j KUBE-SERVICES')
  const tail =
    'is served by the chain KUBE-SERVICES too; whichever comes first in PREROUTING decides'
  const expected = [`10.96.0.10:80/tcp ${tail}`, `node port 30080/tcp ${tail}`]
  t.deepEqual(await warningsOf(node, web), expected)
  // With rules of ours there, it is the same.
  t.is(failureOf(await node.apply(web)), undefined)
  t.deepEqual(await warningsOf(node, web), expected)
})

test('two owners with one address', async (t) => {
  const node = nodeFor(t)
  // A cluster IP would be one route of two owners, which is a conflict.
  const external = web.replace('clusterIPs', 'externalIPs')
  t.is(failureOf(await node.apply(`owner: first\n${external}`)), undefined)
  const [warning = ''] = await warningsOf(node, `owner: second\n${external}`)
  t.regex(warning, /^10\.96\.0\.10:80\/tcp is served by the chain NP\d+-VIPS too/)
})

test('a program that listens where a node port is to be', async (t) => {
  const node = nodeFor(t)
  uplink(node)
  const program =
    "require('net').createServer().listen(30080, '0.0.0.0', () => console.log('ready'))"
  const argv = [`--net=/run/netns/${node.name}`, '--', process.execPath, '-e', program]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => child.kill())
  await once(child.stdout, 'data')
  t.deepEqual(await warningsOf(node, web), [
    'node port 30080/tcp takes the packets of what listens on 0.0.0.0:30080 of this node',
  ])
  t.deepEqual(await warningsOf(node, web.replace('30080', '30081')), [])
})

test('a bit of the mark that another one takes', async (t) => {
  const node = nodeFor(t)
  iptables(node, '-t mangle -A FORWARD -o up0 -j MARK --set-mark 7')
  const [warning = ''] = await warningsOf(node, web)
  t.regex(warning, /^bit 12 of the packet mark \(0x1000\) is used by the chain FORWARD in mangle/)
})

test('under a FORWARD that drops, pods of one bridge meet by the two lines of the hint', async (t) => {
  const node = nodeFor(t)
  const [one, two] = [node.ns('1'), node.ns('2')]
  const pod = (name: string, address: string): string =>
    `{ bridge: br0, peer: { name: eth0, namespace: ${name}, addresses: [${address}/24] } }`
  const yaml = `
bridges: { br0: { addresses: [10.0.1.1/24] } }
namespaces: { ${one}: {}, ${two}: {} }
veths: { v1: ${pod(one, '10.0.1.2')}, v2: ${pod(two, '10.0.1.3')} }
sysctls: { net.bridge.bridge-nf-call-iptables: 1 }
`
  const ping = (): boolean => {
    try {
      node.exec(['ping', '-c', '1', '-W', '1', '10.0.1.3'], one)
      return true
    } catch {
      return false
    }
  }
  t.is(failureOf(await node.apply(yaml)), undefined)
  t.deepEqual(await warningsOf(node, yaml), [])
  t.true(ping())
  iptables(node, '-P FORWARD DROP')
  const result = await node.tryPlan(yaml)
  const [warning] = result.ok ? result.warnings : []
  t.is(
    warning?.message,
    'FORWARD drops what nothing accepts (its policy is DROP): packets of the bridge br0',
  )
  t.false(ping())
  const healed = `${yaml}${String(warning?.hint)}\n`
  t.is(failureOf(await node.apply(healed)), undefined)
  t.deepEqual(await warningsOf(node, healed), [])
  t.true(ping())
})
