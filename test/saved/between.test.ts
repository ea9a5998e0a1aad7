// What happens between plan and apply, and matters in a roundabout way.
import test from 'ava'
import { Failure } from '../../src/commands/failure.ts'
import { carryOut, createNode, failureOf } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { open, save } from './inside.ts'
import type { SavedDocument } from './inside.ts'

const withNode = async (use: (node: TestNode) => Promise<void>): Promise<void> => {
  const node = createNode()
  try {
    node.ip('link add name up0 type veth peer name up1')
    node.ip('link set dev up1 up')
    node.ip('link set dev up0 up')
    node.ip('address add 192.0.2.1/24 dev up0')
    await use(node)
  } finally {
    node.remove()
  }
}

/** Why a saved plan is not carried out. */
const whyStale = async (saved: SavedDocument): Promise<readonly string[]> => {
  const session = await open(saved)
  try {
    await session.plan()
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 6) throw error
    return error.details.diagnostics.map(({ message }) => message)
  }
  return []
}

const carryOutAll = async (saved: SavedDocument): Promise<number> => {
  const done = await carryOut(await open(saved))
  const failure = failureOf(done)
  if (failure !== undefined) throw new Error(failure)
  return done.plan.changes.length
}

test.serial('stale: two that are nothing to the plan, each by itself', async (t) => {
  await withNode(async (node) => {
    node.ip('link add name fx type bridge')
    node.ip('address add 192.0.2.1/32 dev fx')
    const saved = await save(node.name, 'bridges: { br7: { mtu: like 192.0.2.1 } }')
    // It follows up0 as long as that has the address, and fx has no other MTU.
    node.ip('link set dev fx mtu 1300')
    node.ip('address delete 192.0.2.1/24 dev up0')
    node.ip('link add name new0 type bridge')
    const why = await whyStale(saved)
    t.true(why.includes('address 192.0.2.1/24 on up0: was there, is gone'), why.join('\n'))
    t.true(why.includes('bridge fx: was mtu 1500, is mtu 1300'), why.join('\n'))
  })
})

test.serial('stale: what a new rule follows is gone', async (t) => {
  await withNode(async (node) => {
    node.ip('route add default via 192.0.2.254')
    const yaml = 'masquerade: [{ source: 10.9.0.0/24, outInterface: auto }]'
    const saved = await save(node.name, yaml)
    node.ip('route delete default')
    t.deepEqual(await whyStale(saved), ['route default: was there, is gone'])
  })
})

test.serial('what else has no plan by now is nothing to this one', async (t) => {
  await withNode(async (node) => {
    const yaml = 'interfaces: { up0: {} }\nbridges: { br7: {} }'
    const saved = await save(node.name, yaml)
    node.ip('link delete dev up0')
    t.deepEqual(await whyStale(saved), [])
    t.is(await carryOutAll(saved), 1)
  })
})

test.serial('a new port gives the bridge below another MAC address: that is a note', async (t) => {
  await withNode(async (node) => {
    const one = 'bridges: { br0: { addresses: [10.9.0.1/24] } }'
    t.is(failureOf(await node.apply(one)), undefined)
    const saved = await save(node.name, one.replace(']', ', 10.9.1.1/24]'))
    node.ip('link set dev up1 master br0')
    const notes: string[] = []
    const done = await carryOut(await open(saved, (text) => notes.push(text)))
    t.is(failureOf(done), undefined)
    t.regex(
      notes.join(''),
      /^netplan: bridge br0: was mac \S+, is mac \S+; that is nothing to the plan$/m,
    )
  })
})

test.serial('stale: the bridge whose MAC address is to change has another one', async (t) => {
  await withNode(async (node) => {
    t.is(failureOf(await node.apply('bridges: { br0: {} }')), undefined)
    const saved = await save(node.name, 'bridges: { br0: { mac: "02:00:00:00:00:07" } }')
    node.ip('link set dev up1 master br0')
    t.regex((await whyStale(saved)).join('\n'), /^bridge br0: was mac \S+, is mac \S+$/m)
  })
})

const pods = (node: TestNode, port: number): string => `
cluster: { podCIDR: 10.244.0.0/24 }
pods: { ${node.ns('web')}: {} }
services:
  web:
    clusterIPs: [10.96.0.10]
    ports: [{ port: ${String(port)}, targetPort: 8080 }]
    endpoints: [{ pod: ${node.ns('web')} }]
`

test.serial('stale: the pod that a new rule leads to has another address', async (t) => {
  await withNode(async (node) => {
    await carryOutAll(await save(node.name, pods(node, 80)))
    const saved = await save(node.name, pods(node, 81))
    const web = node.ns('web')
    node.ip('address delete 10.244.0.2/24 dev eth0', web)
    node.ip('address add 10.244.0.9/24 dev eth0', web)
    const why = await whyStale(saved)
    t.true(
      why.some((one) => one.includes('10.244.0.')),
      why.join('\n'),
    )
  })
})

test.serial('what another file of the same owner noted meanwhile stays', async (t) => {
  await withNode(async (node) => {
    const former = 'bridges: { br0: { addresses: [10.9.0.1/24] } }'
    const newer = `
interfaces: { up0: { addresses: [192.0.2.77/24] } }
sysctls: { net.ipv4.ip_forward: 1 }
`
    const forward = (): string => node.exec(['cat', '/proc/sys/net/ipv4/ip_forward']).trim()
    const was = forward()
    const saved = await save(node.name, former)
    t.is(failureOf(await node.apply(newer)), undefined)
    t.is(await carryOutAll(saved), 2)
    // Also when it is done already.
    t.is(
      failureOf(await node.apply(`${newer}bridges: { br0: { addresses: [10.9.0.1/24] } }`)),
      undefined,
    )
    t.is(await carryOutAll(saved), 0)
    t.is(failureOf(await node.destroy(newer)), undefined)
    t.false(node.ip('address show dev up0').includes('192.0.2.77'))
    t.is(forward(), was)
  })
})
