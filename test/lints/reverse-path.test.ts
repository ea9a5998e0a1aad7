import test from 'ava'
import { warningsOf } from './situation.ts'

const fleet = (more = ''): string => `
cluster:
  podCIDR: 10.244.0.0/16
  podCIDRFrom: position
  backend: vxlan
  interface: eth0
${more}
  nodes:
    node-1: { address: 192.168.0.1 }
    node-2: { address: 192.168.0.2 }
`

const strict = { 'net/ipv4/conf/all/rp_filter': '1', 'net/ipv4/conf/eth0/rp_filter': '0' }

const loose = { 'net/ipv4/conf/all/rp_filter': '1', 'net/ipv4/conf/eth0/rp_filter': '2' }

const addresses = ['192.168.0.1']

test('strict reverse path filtering under a tunnel of pods', async (t) => {
  t.deepEqual(await warningsOf(fleet(), { sysctls: strict, addresses }), [
    "5: rp_filter of eth0 is 1: what pods of other nodes send to this node's own addresses comes by eth0, " +
      'is answered by vxlan1, and so is dropped => masquerade what pods send to others, or set ' +
      'net.ipv4.conf.all.rp_filter to 2',
  ])
})

test('not where it is loose, where the file makes it so, or where pods leave under the address of their node', async (t) => {
  t.deepEqual(await warningsOf(fleet(), { sysctls: loose, addresses }), [])
  const set = `${fleet()}sysctls: { net.ipv4.conf.all.rp_filter: 2 }\n`
  t.deepEqual(await warningsOf(set, { sysctls: strict, addresses }), [])
  t.deepEqual(await warningsOf(fleet('  masquerade: true'), { sysctls: strict, addresses }), [])
})
