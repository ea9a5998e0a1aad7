import test from 'ava'
import { identify, type Machine } from '../../../src/config/cluster/identify.ts'
import type { Cluster } from '../../../src/config/config.ts'
import { fleetOf } from './fleets.ts'

const cluster: Cluster = {
  podCIDR: '10.244.0.0/16',
  podCIDRFrom: 'position',
  nodes: {
    'node-1': { address: '192.168.0.101' },
    'node-2': { address: ['192.168.0.102', 'fd00:0::2'] },
    'node-3': { address: '192.168.0.103' },
  },
}

const machine = (
  addresses: readonly string[],
  { given, hostname = 'laptop' }: { given?: string; hostname?: string } = {},
): Machine => ({ given, hostname, addresses: () => Promise.resolve(addresses) })

const nameOf = async (who: Machine, of = cluster): Promise<string> => {
  const identity = await identify(fleetOf(of), who)
  return identity.ok ? identity.name : `${identity.problem.code}: ${identity.problem.message}`
}

test('what is given comes first, unless the machine is another node', async (t) => {
  const addresses = (): Promise<readonly string[]> => Promise.resolve(['10.0.0.1'])
  t.is(await nameOf({ given: 'node-3', hostname: 'node-1', addresses }), 'node-3')
  t.is(
    await nameOf(machine(['192.168.0.101'], { given: 'node-3' })),
    'node: this is to be node node-3, and has the address of node node-1',
  )
  t.is(await nameOf(machine(['192.168.0.101'], { given: 'node-1' })), 'node-1')
  t.is(
    await nameOf({ given: 'node-9', hostname: 'node-1', addresses }),
    'node: the cluster has no node "node-9"',
  )
})

test('then the address that the machine has, however it is written', async (t) => {
  t.is(await nameOf(machine(['127.0.0.1', '192.168.0.101'], { hostname: 'node-3' })), 'node-1')
  t.is(await nameOf(machine(['FD00:0:0:0::0002'])), 'node-2')
})

test('both addresses of one node are one node', async (t) => {
  t.is(await nameOf(machine(['192.168.0.102', 'fd00::2'])), 'node-2')
})

test('then what it is called', async (t) => {
  t.is(await nameOf(machine(['10.0.0.1'], { hostname: 'node-2' })), 'node-2')
})

test('none, or several, is an error, even if it is called as one', async (t) => {
  t.is(
    await nameOf(machine(['10.0.0.1'])),
    'node: this machine is no node of the cluster: it has the address of none, and none is called "laptop"',
  )
  t.is(
    await nameOf(machine(['192.168.0.101', '192.168.0.103'], { hostname: 'node-1' })),
    'node: this machine has the addresses of several nodes: node-1, node-3',
  )
})

test('a cluster without a list is the machine itself', async (t) => {
  const alone = { podCIDR: '10.244.0.0/16' }
  t.is(await nameOf(machine([], { hostname: 'edge' }), alone), 'edge')
  t.is(await nameOf(machine([], { given: 'west' }), alone), 'west')
})
