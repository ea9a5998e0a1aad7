import test from 'ava'
import { checkPodCIDRs } from '../../../src/config/cluster/check-pod-cidrs.ts'
import type { Cluster } from '../../../src/config/config.ts'
import { addressAt } from '../../../src/net/subnets.ts'
import { fleetOf, nodesAt } from './fleets.ts'

const hostsOf = (subnet: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => addressAt(subnet, BigInt(index + 1)))

const distinct = (cluster: Cluster): number =>
  new Set(fleetOf(cluster).nodes.map(({ podCIDRs }) => podCIDRs[0])).size

const problems = (cluster: Cluster): readonly string[] =>
  checkPodCIDRs({ cluster }, fleetOf(cluster)).map(({ message }) => message)

test('254 nodes of a /24 get 254 networks, where the last digit gives ten', (t) => {
  const addresses = hostsOf('172.18.0.0/24', 254)
  const cluster = {
    podCIDR: '10.244.0.0/16',
    nodeCIDR: '172.18.0.0/24',
    podCIDRFrom: 'hostNumber' as const,
    nodes: nodesAt(addresses),
  }
  t.is(distinct(cluster), 254)
  t.deepEqual(problems(cluster), [])
  // As it is found: string(localIPAddr[len(localIPAddr)-1]), the last character of the text.
  t.is(new Set(addresses.map((address) => `10.244.${address.at(-1) ?? ''}.0/24`)).size, 10)
})

test('nodes of a subnet larger than a /24 do not meet, where the last octet does', (t) => {
  const addresses = hostsOf('172.18.0.0/22', 1022)
  const cluster = {
    podCIDR: '10.0.0.0/8',
    nodeCIDR: '172.18.0.0/22',
    podCIDRFrom: 'hostNumber' as const,
    nodes: nodesAt(addresses),
  }
  t.is(distinct(cluster), 1022)
  t.deepEqual(problems(cluster), [])
  t.is(new Set(addresses.map((address) => address.split('.')[3])).size, 256)
})

test('the network of a node is as far into that of all pods as its address is into its subnet', (t) => {
  const { nodes } = fleetOf({
    podCIDR: ['10.244.0.0/16', 'fd00:244::/48'],
    nodeCIDR: ['192.168.0.0/24', '192.168.4.0/23'],
    podCIDRFrom: 'hostNumber',
    nodes: nodesAt(['192.168.0.101', '192.168.5.1', '192.168.0.0']),
  })
  t.deepEqual(
    nodes.map(({ podCIDRs }) => podCIDRs),
    [
      ['10.244.101.0/24', 'fd00:244:0:65::/64'],
      ['fd00:244:0:101::/64'],
      ['10.244.0.0/24', 'fd00:244::/64'],
    ],
  )
})

test('by position, whatever the address, and given ones count', (t) => {
  const { nodes } = fleetOf({
    podCIDR: '10.244.0.0/16',
    podCIDRFrom: 'position',
    nodeCIDRMaskSize: 26,
    nodes: {
      b: { address: '192.168.0.9' },
      a: { address: '192.168.0.7', podCIDR: '10.244.255.0/24' },
      c: { address: '192.168.0.1' },
    },
  })
  t.deepEqual(
    nodes.map(({ podCIDRs }) => podCIDRs),
    [['10.244.0.0/26'], ['10.244.255.0/24'], ['10.244.0.128/26']],
  )
})

test('a node alone has all of it', (t) => {
  const { nodes } = fleetOf({ podCIDR: '10.244.0.0/16' })
  t.deepEqual(
    nodes.map(({ name, podCIDRs }) => [name, podCIDRs]),
    [['here', ['10.244.0.0/16']]],
  )
})

test('overlaps are found between all of a thousand nodes, each told once', (t) => {
  const addresses = hostsOf('172.16.0.0/16', 1000)
  const nodes = Object.fromEntries(
    addresses.map((address, index) => [
      `node-${String(index)}`,
      { address, podCIDR: addressAt('10.0.0.0/8', BigInt(index) * 256n) + '/24' },
    ]),
  )
  const cluster = { podCIDR: '10.0.0.0/8', nodes }
  t.deepEqual(problems(cluster), [])
  const wide = {
    ...cluster,
    nodes: { ...nodes, 'node-500': { address: '172.16.9.9', podCIDR: '10.1.244.0/23' } },
  }
  t.deepEqual(problems(wide), [
    '10.1.245.0/24 of node node-501 and 10.1.244.0/23 of node node-500 overlap',
  ])
})
