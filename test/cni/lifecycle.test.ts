// What a runtime may ask for at odd times, and what it is answered.
import { existsSync, statSync } from 'node:fs'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Attached, Site } from './attached.ts'
import { Refused, status } from './chain.ts'
import { ours, testOurs } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab } from './lab.ts'
import type { Document } from './protocol.ts'
import { addressOf, bridgeOf, families, portMappings } from './wanted.ts'

interface Options {
  readonly cniVersion?: string
  /** Of addresses: default the subnet's. */
  readonly range?: Document
}

const open = async (
  t: ExecutionContext,
  contender: Contender,
  { cniVersion = '1.0.0', range = {} }: Options = {},
): Promise<Site> => {
  const bridge = bridgeOf(families.IPv4)
  const ipam = bridge['ipam'] as Document
  const ranges = [[{ subnet: '10.88.0.0/24', ...range }]]
  const wanted = { cniVersion, name: 'pods', bridge: { ...bridge, ipam: { ...ipam, ranges } } }
  return openSite(contender, await createLab(t), { wanted })
}

const addressesOf = ({ result }: Attached): readonly string[] =>
  (result['ips'] as { address: string }[]).map(({ address }) => address)

/** But for the bridge, which stays. */
const withBridge = (before: ReturnType<Site['traces']>): ReturnType<Site['traces']> => ({
  ...before,
  links: [...before.links, 'cni0'].sort(),
})

/** The document of a refusal. */
const refusal = async (t: ExecutionContext, work: Promise<unknown>): Promise<Document> => {
  const error = await t.throwsAsync<Refused>(work, { instanceOf: Refused })
  return error.answered.document ?? {}
}

testOurs(
  'a DEL succeeds again, before any ADD, and where the namespace is gone',
  async (t, contender) => {
    const site = await open(t, contender)
    const before = site.traces()
    const [p1, p2] = [site.lab.pod('p1'), site.lab.pod('p2')]
    const first = await site.add(p1, { capabilities: { portMappings } })
    const second = await site.add(p2)
    await site.del({ ...first, containerId: 'nobody' })
    await site.check(first)
    for (let times = 0; times < 3; times++) await site.del(first)
    site.lab.node.ip(`netns delete ${p2.netns}`)
    for (const netns of [second.netns, undefined]) await site.del({ ...second, netns })
    t.deepEqual(site.traces(), withBridge(before))
    const never = site.lab.pod('p3')
    await site.del({
      ...first,
      containerId: 'never',
      netns: `/run/netns/${never.netns}`,
      pod: never,
    })
    t.deepEqual(site.traces(), withBridge(before))
    const { ino } = statSync(`/run/netns/${site.lab.node.name}`)
    t.false(existsSync(`/run/nodeplan/${ino}/cni.attachments`))
  },
)

test.serial('netplan-cni: twenty at once have twenty addresses', async (t) => {
  const site = await open(t, ours)
  const before = site.traces()
  const pods = Array.from({ length: 20 }, (_, index) => site.lab.pod(`p${index}`))
  const attached = await Promise.all(pods.map((pod) => site.add(pod)))
  t.is(new Set(attached.flatMap(addressesOf)).size, 20)
  t.is(site.traces().leases.length, 20)
  await Promise.all(attached.map((one) => site.del(one)))
  t.deepEqual(site.traces(), withBridge(before))
})

testOurs('an ADD without an address left is refused, and leaves nothing', async (t, contender) => {
  const range = { rangeStart: addressOf.inet(1), rangeEnd: addressOf.inet(2) }
  const site = await open(t, contender, { range })
  const [p1, p2, p3] = ['p1', 'p2', 'p3'].map((name) => site.lab.pod(name))
  const first = await site.add(p1!)
  await site.add(p2!)
  const full = site.traces()
  const links = site.lab.node.ip('-o link show', p3!.netns)
  t.truthy((await refusal(t, site.add(p3!)))['code'])
  t.deepEqual(site.traces(), full)
  t.is(site.lab.node.ip('-o link show', p3!.netns), links)
  await site.del(first)
  t.deepEqual(addressesOf(await site.add(p3!)), addressesOf(first))
})

test.serial('netplan-cni: STATUS tells whether an ADD can be served', async (t) => {
  const range = { rangeStart: addressOf.inet(1), rangeEnd: addressOf.inet(1) }
  const site = await open(t, ours, { cniVersion: '1.1.0', range })
  await status(site.runtime, site.network)
  const one = await site.add(site.lab.pod('p1'))
  t.is((await refusal(t, status(site.runtime, site.network)))['code'], 50)
  await site.del(one)
  await status(site.runtime, site.network)
})
