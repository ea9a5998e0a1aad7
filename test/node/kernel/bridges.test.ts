import test from 'ava'
import { addressesOf, device, nodeFor, prepare, story, sysctl } from '../story.ts'
import { failureOf } from '../harness.ts'

test('N-30 T26 timers that the kernel rounds converge', async (t) => {
  await story(t, async (node, settle) => {
    await settle(`
version: 1
bridges:
  a: { forwardDelay: 1.01, helloTime: 1.01, maxAge: 6.03, ageingTime: 300.01 }
  b: { forwardDelay: 2.03, helloTime: 2.03, maxAge: 20.02, ageingTime: 0 }
  c: { forwardDelay: 0, helloTime: 9.99, maxAge: 39.99, ageingTime: 1000000 }
`)
    const { hello_time: hello, ageing_time: ageing } = device(node, 'a').linkinfo.info_data
    t.true(hello === 101 || hello === 100, `hello ${String(hello)}`)
    t.true(Math.abs(ageing - 30001) <= 1)
    t.deepEqual(
      await settle('{ version: 1, bridges: { a: { ageingTime: 299 }, b: { stp: true }, c: {} } }'),
      ['update link a: ageingTime 300 -> 299', 'update link b: stp false -> true'],
    )
  })
})

test('N-31 T27 STP and a forward delay are switched in the order that the kernel takes', async (t) => {
  await story(t, async (node, settle) => {
    const bridge = (options: string): string => `{ version: 1, bridges: { br0: { ${options} } } }`
    await settle(bridge('stp: true, forwardDelay: 4'))
    t.throws(() => node.ip('link set dev br0 type bridge forward_delay 0'), {
      message: /out of range/,
    })
    await settle(bridge('stp: false, forwardDelay: 0'))
    await settle(bridge('stp: true, forwardDelay: 30'))
    await settle(bridge('stp: false, forwardDelay: 0.5'))
    await settle(bridge('stp: true, forwardDelay: 2'))
    t.is(device(node, 'br0').linkinfo.info_data.forward_delay, 200)
  })
})

test("N-32 T28 a bridge whose MAC is not declared may take any of its ports'; a declared one stays", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (ports: string): string => `
version: 1
bridges: { free: {}, fixed: { mac: '02:00:00:00:00:ff' } }
veths: { ${ports} }
`
    await settle(yaml(''))
    await settle(
      yaml(`a: { bridge: free, mac: '02:00:00:00:00:01', peer: { name: b } },
            c: { bridge: fixed, mac: '02:00:00:00:00:02', peer: { name: d } }`),
    )
    t.is(device(node, 'free').address, '02:00:00:00:00:01')
    await settle(yaml(''))
    t.is(device(node, 'free').address, '00:00:00:00:00:00')
    t.is(device(node, 'fixed').address, '02:00:00:00:00:ff')
  })
})

test("N-33 T25 a bridge's declared MTU survives a smaller port, now and later", async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (ports: string): string => `
version: 1
bridges: { low: { mtu: 68 }, same: { mtu: 1500 }, big: { mtu: 9000 }, free: {} }
veths: { ${ports} }
`
    await settle(yaml(''))
    await settle(
      yaml(`a: { mtu: 1400, bridge: same, peer: { name: a1 } },
            b: { mtu: 1400, bridge: big, peer: { name: b1 } },
            c: { mtu: 1400, bridge: free, peer: { name: c1 } },
            d: { mtu: 1400, bridge: low, peer: { name: d1 } }`),
    )
    t.deepEqual(
      ['low', 'same', 'big', 'free'].map((name) => device(node, name).mtu),
      [68, 1500, 9000, 1400],
    )
    await settle(yaml(''))
    t.is(device(node, 'free').mtu, 1500, 'the kernel raised it again')
  })
})

test('N-33 an adopted bridge, whose MTU is not pinned, keeps the declared one under a smaller port', async (t) => {
  const node = nodeFor(t)
  prepare(
    node,
    `link add name br0 type bridge
     link set dev br0 up`,
  )
  const done = await node.apply(
    `
version: 1
bridges: { br0: { mtu: 1500, adopt: true } }
vxlans: { x: { id: 1, bridge: br0, mtu: 1450 } }
veths: { v: { bridge: br0, mtu: 1300, peer: { name: w } } }
`,
  )
  t.is(failureOf(done), undefined)
  t.is(device(node, 'br0').mtu, 1500)
})

test("N-33 an MTU that is declared later, when the bridge has its ports', stays when they go", async (t) => {
  await story(t, async (node, settle) => {
    const port = 'a: { mtu: 9000, bridge: br0, peer: { name: a1 } }'
    const other = 'b: { mtu: 9000, bridge: br0, peer: { name: b1 } }'
    await settle(`{ version: 1, bridges: { br0: {} }, veths: { ${port} } }`)
    t.is(device(node, 'br0').mtu, 9000)
    const declared = (veths: string): string =>
      `{ version: 1, bridges: { br0: { mtu: 9000 } }, veths: { ${veths} } }`
    await settle(declared(port.replace('9000', '1500')))
    t.is(device(node, 'br0').mtu, 9000)
    await settle(`{ version: 1, bridges: { br0: {} }, veths: { ${port} } }`)
    await settle(declared(`${port}, ${other}`))
    await settle(declared(''))
    t.is(device(node, 'br0').mtu, 9000)
    // The small port goes, so that the other one gives the bridge the declared MTU, and goes too.
    const small = other.replace('9000', '1400')
    await settle(`{ version: 1, bridges: { br0: {} }, veths: { ${port}, ${small} } }`)
    await settle('{ version: 1 }')
    await settle(`{ version: 1, bridges: { br0: {} }, veths: { ${port}, ${small} } }`)
    t.is(device(node, 'br0').mtu, 1400)
    await settle(declared(port.replace(' bridge: br0,', '')))
  })
})

test('N-34 T29 port options come with the bridge, and are set again in another one', async (t) => {
  await story(t, async (node, settle) => {
    const yaml = (bridge: string): string => `
version: 1
bridges: { br0: {}, br1: {} }
veths: { v: { ${bridge} peer: { name: w } } }
`
    const port = (bridge: string): string =>
      yaml(
        `bridge: ${bridge}, hairpin: true, isolated: true, learning: false, pathCost: 42, priority: 5,`,
      )
    await settle(port('br0'))
    const { ifindex } = device(node, 'v')
    t.throws(() => node.ip('link set dev w type bridge_slave hairpin on'))
    t.deepEqual(await settle(port('br1')), ['update link v: bridge "br0" -> "br1"'])
    node.ip('link set dev v nomaster')
    node.ip('link set dev v master br1')
    t.false(device(node, 'v').linkinfo.info_slave_data.hairpin)
    t.is((await settle(port('br1'))).length, 1)
    const { info_slave_data: data } = device(node, 'v').linkinfo
    t.deepEqual(
      [data.hairpin, data.isolated, data.learning, data.cost, data.priority],
      [true, true, false, 42, 5],
    )
    await settle(yaml(''))
    t.is(device(node, 'v').ifindex, ifindex)
  })
})

test('N-35 T30 what a port had stays on it: moving its address to the bridge takes it off the port', async (t) => {
  await story(t, async (node, settle) => {
    await settle(
      '{ version: 1, bridges: { br0: {} }, veths: { v: { addresses: [10.0.0.1/24], peer: { name: w } } } }',
    )
    await settle(
      '{ version: 1, bridges: { br0: { addresses: [10.0.0.1/24] } }, veths: { v: { bridge: br0, peer: { name: w } } } }',
    )
    t.deepEqual(addressesOf(node, 'v'), [])
    t.deepEqual(addressesOf(node, 'br0'), ['10.0.0.1/24'])
  })
})

test("N-36 deleting a bridge leaves its ports up, ours and others'", async (t) => {
  await story(t, async (node, settle) => {
    prepare(
      node,
      `link add name eth0 type veth peer name eth1
       link set dev eth0 up`,
    )
    await settle(
      '{ version: 1, bridges: { br0: {} }, veths: { v: { bridge: br0, peer: { name: w } } } }',
    )
    node.ip('link set dev eth0 master br0')
    await settle('{ version: 1, veths: { v: { peer: { name: w } } } }')
    for (const name of ['v', 'eth0']) t.true((device(node, name).flags as string[]).includes('UP'))
  })
})

test("N-37 VLAN filtering is set, or the kernel's refusal is reported", async (t) => {
  const node = nodeFor(t)
  const yaml = '{ version: 1, bridges: { br0: { vlanFiltering: true } } }'
  prepare(node, 'link add name probe type bridge')
  let supported = true
  try {
    node.ip('link set dev probe type bridge vlan_filtering 1')
  } catch {
    supported = false
  }
  const done = await node.apply(yaml)
  if (supported) t.is(failureOf(done), undefined)
  else t.regex(String(failureOf(done)), /vlan_filtering 1: Operation not supported/)
})

test('N-38 whether bridged frames pass iptables is a parameter of each namespace, where the module is', async (t) => {
  const node = nodeFor(t)
  const key = 'net.bridge.bridge-nf-call-iptables'
  const yaml = `{ version: 1, sysctls: { ${key}: 0 } }`
  let present = true
  try {
    sysctl(node, 'net/bridge/bridge-nf-call-iptables')
  } catch {
    present = false
  }
  const result = await node.tryPlan(yaml)
  t.is(result.ok, present)
  if (!present) return
  const done = await node.apply(yaml)
  t.is(failureOf(done), undefined)
  t.is(sysctl(node, 'net/bridge/bridge-nf-call-iptables'), '0')
})
