// A node whose netplan.yaml has another owner: each leaves alone what the other has.
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { ours } from './contenders.ts'
import { createLab } from './lab.ts'
import { failureOf } from '../node/harness.ts'
import { portMappings } from './wanted.ts'

const open = async (t: ExecutionContext): Promise<Site> => {
  const lab = await createLab(t)
  const ipam = { type: 'host-local', subnet: '10.88.0.0/24', routes: [{ dst: '0.0.0.0/0' }] }
  const bridge = { ...{ bridge: 'br0', isGateway: true, ipMasq: true, hairpinMode: true }, ipam }
  return openSite(ours, lab, { wanted: { cniVersion: '1.1.0', name: 'pods', bridge } })
}

const yaml = (address: string): string => `
owner: node
bridges: { br0: { mtu: 1400, addresses: ['${address}'] } }
masquerade: [{ source: 10.88.0.0/24 }]
`

const detailsOf = ({ lab }: Site): unknown => {
  const [link] = JSON.parse(lab.node.ip('-j -d address show dev br0')) as Record<string, unknown>[]
  const { mtu, group, address, ifindex, addr_info: found } = link ?? {}
  const addresses = (found as { family: string; local: string }[])
    .filter(({ family }) => family === 'inet')
    .map(({ local }) => local)
  return { mtu, group, address, ifindex, addresses }
}

test.serial('a bridge of the file, with its gateway, is used and stays as it is', async (t) => {
  const site = await open(t)
  const { node } = site.lab
  const file = yaml('10.88.0.1/24')
  t.is(failureOf(await node.apply(file)), undefined)
  node.ip('link set dev br0 address 02:00:00:00:00:77') // or the first port would give it its own
  const before = detailsOf(site)
  const one = await site.add(site.lab.pod('p1'), { capabilities: { portMappings } })
  t.deepEqual(detailsOf(site), before)
  t.deepEqual((await node.plan(file)).changes, [], 'the file knows nothing of pods')
  t.is(failureOf(await node.apply(file)), undefined)
  await site.check(one)
  const two = await site.add(site.lab.pod('p2'))
  for (const each of [one, two]) await site.check(each)
  await site.del(one)
  await site.check(two)
  t.deepEqual((await node.plan(file)).changes, [])
  await site.del(two)
  t.deepEqual(detailsOf(site), before)
})

test.serial(
  'the file is destroyed: its bridge goes, CHECK tells, DEL takes what is left',
  async (t) => {
    const site = await open(t)
    const { node } = site.lab
    const before = site.traces()
    const file = yaml('10.88.0.1/24')
    t.is(failureOf(await node.apply(file)), undefined)
    const one = await site.add(site.lab.pod('p1'), { capabilities: { portMappings } })
    t.is(failureOf(await node.destroy(file)), undefined)
    t.true(
      site.traces().rules.some((rule) => rule.includes('8080')),
      'rules of pods are there',
    )
    await t.throwsAsync(site.check(one), { message: /br0/ })
    await site.del(one)
    t.deepEqual(site.traces(), before)
  },
)

test.serial('a file of other things takes nothing of pods', async (t) => {
  const site = await open(t)
  const { node } = site.lab
  const file =
    "{ owner: node, bridges: { br9: { addresses: ['10.77.0.1/24'] } }, masquerade: [{ source: 10.77.0.0/24 }] }"
  const one = await site.add(site.lab.pod('p1'), { capabilities: { portMappings } })
  const had = site.traces()
  t.is(failureOf(await node.apply(file)), undefined)
  await site.check(one)
  t.is(failureOf(await node.destroy(file)), undefined)
  t.deepEqual(site.traces(), had)
  await site.check(one)
})

test.serial(
  'a bridge of a person, without the gateway, gets it, and no other change',
  async (t) => {
    const site = await open(t)
    const { node } = site.lab
    node.ip('link add name br0 address 02:00:00:00:00:77 type bridge')
    node.ip('link set dev br0 mtu 1400')
    node.ip('link set dev br0 up')
    const before = detailsOf(site) as { addresses: string[] }
    const one = await site.add(site.lab.pod('p1'))
    const two = await site.add(site.lab.pod('p2'))
    t.deepEqual(detailsOf(site), { ...before, addresses: ['10.88.0.1'] })
    for (const each of [one, two]) await site.check(each)
    node.ip('address delete 10.88.0.1/24 dev br0')
    await t.throwsAsync(site.check(one), { message: /10\.88\.0\.1/ })
    const three = await site.add(site.lab.pod('p3'))
    await site.check(one)
    for (const each of [one, two, three]) await site.del(each)
    t.deepEqual(detailsOf(site), { ...before, addresses: ['10.88.0.1'] })
  },
)
