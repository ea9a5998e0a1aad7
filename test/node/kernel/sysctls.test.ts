import test from 'ava'
import { nodeFor, prepare, problemsOf, story, sysctl } from '../story.ts'

const eth = `
  link add name eth0 type veth peer name eth1
  link set dev eth0 up
  link set dev eth1 up`

test('N-71 T41 a parameter that overwrites those of all devices comes first, and all get theirs back', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth)
    node.exec(['sysctl', '-qw', 'net.ipv4.conf.eth0.forwarding=1'])
    const yaml = (value: number): string => `
version: 1
bridges: { br0: {} }
sysctls:
  net.ipv4.conf.eth1.forwarding: 0
  net.ipv4.conf.br0.forwarding: 0
  net.ipv4.conf.default.forwarding: 0
  net.ipv4.ip_forward: ${value}
`
    await settle(yaml(1))
    t.deepEqual(
      ['eth0', 'eth1', 'br0', 'default', 'lo'].map((name) =>
        sysctl(node, `net/ipv4/conf/${name}/forwarding`),
      ),
      ['1', '0', '0', '0', '1'],
    )
    await settle(yaml(0))
    t.is(sysctl(node, 'net/ipv4/conf/eth0/forwarding'), '0')
    await settle(yaml(1))
  })
})

test('N-71 the same of IPv6, in the node and in a namespace', async (t) => {
  await story(t, async (node, settle) => {
    const p = node.ns('p')
    prepare(node, eth)
    const some =
      '{ net.ipv6.conf.all.forwarding: 1, net.ipv6.conf.lo.forwarding: 0, net.ipv4.conf.all.forwarding: 1 }'
    await settle(`
version: 1
namespaces: { ${p}: { sysctls: ${some} } }
sysctls: ${some}
`)
    for (const where of [undefined, p])
      t.is(sysctl(node, 'net/ipv6/conf/lo/forwarding', where), '0')
  })
})

test('N-72 N-73 T41 names with dots, lists with tabs, and what comes later', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = `
version: 1
veths: { a.1: { peer: { name: a.2 } } }
sysctls:
  net/ipv4/conf/a.1/rp_filter: 2
  net.ipv4.conf.a/2.rp_filter: 1
  net.ipv4.ip_local_port_range: 20000 30000
  net.ipv4.conf.default.rp_filter: 1
  net.ipv4.conf.all.arp_ignore: true
`
    await settle(yaml)
    t.is(sysctl(node, 'net/ipv4/conf/a.1/rp_filter'), '2')
    t.is(sysctl(node, 'net/ipv4/ip_local_port_range'), '20000\t30000')
    prepare(node, 'link delete dev a.1')
    const changes = await settle(yaml)
    t.true(changes.includes('create sysctl net/ipv4/conf/a.1/rp_filter'))
  })
})

test('N-72 the parameter of a device that is made anew is set again', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (id: number): string => `
version: 1
vxlans: { x: { id: ${id} } }
sysctls: { net.ipv4.conf.x.rp_filter: 2, net.ipv6.conf.x.accept_ra: 0, net.ipv4.neigh.x.gc_stale_time: 90 }
`
    await settle(yaml(1))
    t.true((await settle(yaml(2))).includes('replace sysctl net.ipv4.conf.x.rp_filter'))
    t.is(sysctl(node, 'net/ipv4/conf/x/rp_filter'), '2')
  })
})

test('N-73 T41 a value goes back to what it was when it leaves the file, once and not twice', async (t) => {
  await story(t, async (node, settle) => {
    prepare(node, eth)
    const yaml = (value: string): string =>
      `{ version: 1, sysctls: { net.ipv4.ip_default_ttl: 70, ${value} } }`
    const path = 'net/ipv4/conf/eth0/rp_filter'
    await settle(yaml('net.ipv4.conf.eth0.rp_filter: 2'))
    await settle(yaml('net.ipv4.conf.eth0.rp_filter: 1'))
    await settle(yaml(''))
    t.is(sysctl(node, path), '0')
    node.exec(['sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=2'])
    t.deepEqual((await node.plan(yaml(''))).changes, [], "it is somebody else's now")
    node.exec(['sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=0'])
  })
})

test('N-74 a parameter that the kernel does not have is a problem of the plan', async (t) => {
  const node = nodeFor(t)
  t.is(
    await problemsOf(node, '{ version: 1, sysctls: { net.nothing.of_the_kind: 1 } }'),
    'this kernel has no parameter net.nothing.of_the_kind; a module may have to be loaded first',
  )
})
