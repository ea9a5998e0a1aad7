import test from 'ava'
import { problemsOf } from '../node/story.ts'
import type { Lab } from './lab.ts'
import { peers } from './results.ts'
import { ask, backends, dropped, endpointsOf, families, labsOf, list } from './shared.ts'
import { addresses } from './topology.ts'

const labs = labsOf({ pods: 2, second: true })

const external = { inet: '203.0.113.10', inet6: 'fd00:203::10' }
const balancer = { inet: '198.51.100.20', inet6: 'fd00:198::20' }

const service = (lab: Lab, ranges: string): string => `
services:
  web:
    clusterIPs: ['10.96.0.10', 'fd00:96::10']
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    externalIPs: ${list(external.inet, external.inet6)}
    loadBalancerIPs: ${list(balancer.inet, balancer.inet6)}
    ${ranges}
    endpoints: ${endpointsOf(lab)}
`

/** Others route these addresses to the node. */
const routeThem = ({ node, second }: Lab): void => {
  for (const family of families)
    for (const { [family]: to } of [external, balancer]) {
      node.ip(`route replace ${to} via ${addresses.node[family]}`, node.ns('x'))
      second!.node.ip(`route replace ${to} via ${addresses.under[family]}`)
    }
}

const served = ['p1', 'p2']

for (const backend of backends)
  test.serial(
    `26 ${backend}: externalIPs and loadBalancerIPs, and who may come by them`,
    async (t) => {
      const lab = labs[backend]
      await lab.apply(service(lab, ''))
      await lab.second!.apply()
      routeThem(lab)
      const reach = async (from: 'x' | 'node' | 'node2', to: string, port = 80) =>
        [...(await ask(lab, from, to, port, { ...dropped, count: 2, parallel: 2 }))].sort()
      for (const family of families)
        for (const from of ['x', 'node', 'node2'] as const)
          for (const { [family]: to } of [external, balancer])
            t.deepEqual(await reach(from, to), served, `${from} to ${to}`)

      const x = list('192.168.77.2/32', 'fd00:77::2/128')
      await lab.apply(service(lab, `loadBalancerSourceRanges: ${x}`))
      for (const family of families) {
        t.deepEqual(await reach('x', balancer[family]), served)
        for (const from of ['node', 'node2'] as const)
          t.deepEqual(await reach(from, balancer[family]), ['timeout', 'timeout'], from)
        // They are about the balancer alone.
        t.deepEqual(await reach('node2', external[family]), served)
        t.deepEqual(await reach('node2', addresses.under[family], 30080), served)
      }
      // A bridge, as a pod sees those from outside: the client's address is not kept.
      t.deepEqual(peers(await lab.connect('x', balancer.inet, 80)), [addresses.bridge.inet])

      const withNode = list('192.168.77.0/24', 'fd00:77::/64')
      await lab.apply(service(lab, `loadBalancerSourceRanges: ${withNode}`))
      for (const family of families) {
        t.deepEqual(await reach('node', balancer[family]), served)
        t.deepEqual(await reach('node2', balancer[family]), ['timeout', 'timeout'])
      }

      // To an address of its own, the node comes from that.
      const own = list(`${balancer.inet}/32`, `${balancer.inet6}/128`)
      const bridges = list('10.244.0.0/24', 'fd00:244::/64')
      const onNode = `loadBalancerSourceRanges: ${bridges}\n`
      await lab.apply(`${service(lab, onNode)}interfaces: { lo: { addresses: ${own} } }\n`)
      for (const family of families) {
        t.deepEqual(await reach('node', balancer[family]), served)
        t.deepEqual(await reach('x', balancer[family]), ['timeout', 'timeout'])
      }
    },
  )

const two = (first: string, second: string): string => `
services:
  one: { ${first} }
  two: { ${second} }
`

const endpoints = 'endpoints: [10.244.0.11]'

for (const [title, what] of [
  ['node port', 'ports: [{ port: 80, nodePort: 30080 }]'],
  ['external address', 'ports: [{ port: 80 }], externalIPs: [203.0.113.10]'],
] as const)
  test.serial(
    `27 two services with one ${title}: an error, except over another protocol`,
    async (t) => {
      const { node, yaml, options } = labs.nft
      const one = `${what}, ${endpoints}`
      const error = await t.throwsAsync(node.plan(yaml(two(one, one)), options))
      t.regex(error.message, /error: .* leads to service one already/)
      const udp = one.replace('port: 80', 'port: 80, protocol: udp')
      t.is(await problemsOf(node, yaml(two(one, udp)), options), '')
    },
  )

test.serial('28 what listens at a node port of a service is warned of', async (t) => {
  const lab = labs.nft
  const warnings = async (port: number): Promise<readonly string[]> => {
    const sections = service(lab, '').replace('30080', String(port))
    const result = await lab.node.tryPlan(lab.yaml(sections), lab.options)
    return result.ok ? result.warnings.map(({ message }) => message) : ['no plan']
  }
  await lab.serve('node', [
    { protocol: 'tcp', port: 30081 },
    { protocol: 'udp', port: 30082 },
  ])
  t.deepEqual(await warnings(30080), [])
  t.regex((await warnings(30081)).join('\n'), /30081/)
  t.deepEqual(await warnings(30082), [])
})
