// Attachments come and go in ways that nobody planned, and beside each other.
import { rmSync, statSync } from 'node:fs'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { attachmentOf, openSite } from './attached.ts'
import type { Site } from './attached.ts'
import { driveChain, gc, Refused, status } from './chain.ts'
import { ours, reference } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { createLab, wire } from './lab.ts'
import type { Lab } from './lab.ts'
import { hear } from './probes.ts'
import type { Document } from './protocol.ts'
import { bridgeOf, families, portMappings } from './wanted.ts'

const both = bridgeOf(families['both families'])

const open = (
  lab: Lab,
  name = 'pods',
  bridge: Document = both,
  contender: Contender = ours,
): Site => openSite(contender, lab, { wanted: { cniVersion: '1.1.0', name, bridge } })

/** Another network on the same node. */
const openSecond = ({ runtime, lab }: Site, name: string, bridge: Document): Site =>
  open(lab, name, bridge, { ...ours, path: () => runtime.path })

const start = async (t: ExecutionContext): Promise<Site> => open(await createLab(t))

const folderOf = ({ node }: Lab): string =>
  `/run/nodeplan/${String(statSync(`/run/netns/${node.name}`).ino)}`

const refusedCode = async (t: ExecutionContext, work: Promise<unknown>): Promise<unknown> => {
  const error = await t.throwsAsync(work, { instanceOf: Refused })
  return error.answered.document?.['code']
}

/** A port beside `portMappings`. */
const otherMapping = { hostPort: 9090, containerPort: 80, protocol: 'tcp' }

const subnet = (prefix: string): Document => ({ type: 'host-local', subnet: prefix })

const other = { ...both, bridge: 'cni1', ipam: subnet('10.89.0.0/24') }

test.serial(
  'DEL when the node was started anew: the address on disk is all that there is',
  async (t) => {
    const site = await start(t)
    const pod = site.lab.pod('p1')
    const one = await site.add(pod, { capabilities: { portMappings } })
    site.lab.node.ip('link delete dev cni0')
    await site.lab.release([pod])
    for (const program of ['iptables-restore', 'ip6tables-restore'])
      site.lab.node.exec(['sh', '-c', `printf '*nat\\nCOMMIT\\n*filter\\nCOMMIT\\n' | ${program}`])
    rmSync(folderOf(site.lab), { recursive: true })
    t.is(site.traces().leases.length, 2)
    await site.del({ ...one, netns: undefined })
    t.deepEqual(site.traces().leases, [])
    const again = await site.add(site.lab.pod('p2'))
    await site.check(again)
  },
)

test.serial('DEL of which nothing is known takes the rules of both families', async (t) => {
  const site = await start(t)
  const before = site.traces()
  const one = await site.add(site.lab.pod('p1'), { capabilities: { portMappings } })
  const families = new Set(site.traces().rules.map((rule) => rule.split(' ')[0]))
  rmSync(`${folderOf(site.lab)}/cni.attachments`)
  await site.del(one)
  t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
  t.is(families.size, 2, 'there were some of both')
})

test.serial('a second ADD is refused, and the first one stays as it is', async (t) => {
  const site = await start(t)
  const pod = site.lab.pod('p1')
  const one = await site.add(pod, { capabilities: { portMappings } })
  const before = site.traces()
  t.is(await refusedCode(t, site.add(pod)), 100)
  t.deepEqual(site.traces(), before)
  await site.check(one)
})

test.serial('a pod in two networks, which are two bridges: each goes by itself', async (t) => {
  const first = await start(t)
  const second = openSecond(first, 'other', other)
  const before = first.traces()
  const pod = first.lab.pod('p1')
  const one = await first.add(pod, { capabilities: { portMappings } })
  const net1 = { containerId: one.containerId, netns: one.netns, ifname: 'net1' }
  const result = await driveChain(second.runtime, second.network).add(net1)
  await first.check(one)
  const two = { ...net1, pod, result }
  await second.check(two)
  await first.del(one)
  await second.check(two)
  await second.del(two)
  t.deepEqual(first.traces(), { ...before, links: [...before.links, 'cni0', 'cni1'].sort() })
  t.deepEqual(second.traces().leases, [])
})

test.serial('GC takes what is stale of its network, and leaves other networks alone', async (t) => {
  const first = await start(t)
  const second = openSecond(first, 'other', other)
  const { pod } = first.lab
  const [p1, p2, p3] = [pod('p1'), pod('p2'), pod('p3')]
  const before = first.traces()
  const elsewhere = await second.add(p3)
  const others = first.traces()
  const kept = await first.add(p1, { capabilities: { portMappings: [otherMapping] } })
  const alone = first.traces()
  const stale = await first.add(p2, { capabilities: { portMappings } })
  await gc(first.runtime, first.network, [kept])
  t.deepEqual(first.traces(), alone)
  await first.check(kept)
  await second.check(elsewhere)
  t.is(await refusedCode(t, first.check(stale)), 101)
  await gc(first.runtime, first.network, [])
  t.deepEqual(first.traces(), { ...others, links: [...others.links, 'cni0'].sort() })
  await second.check(elsewhere)
  await second.del(elsewhere)
  t.deepEqual(first.traces(), { ...before, links: [...before.links, 'cni0', 'cni1'].sort() })
})

test.serial('the bridge of one network is gone: those of another come and go', async (t) => {
  const first = await start(t)
  const second = openSecond(first, 'other', other)
  const lost = await first.add(first.lab.pod('p1'), { capabilities: { portMappings } })
  first.lab.node.ip('link delete dev cni0')
  const one = await second.add(first.lab.pod('p2'))
  await second.check(one)
  await second.del(one)
  await status(second.runtime, second.network)
  t.false(second.traces().links.includes('cni0'), 'nobody asked for it')
  await first.del(lost)
})

/** The runtime of a site, for which other programs stand before those of the node. */
const withPrograms = ({ runtime }: Site, folder: string): Site['runtime'] => {
  const PATH = `${folder}:${process.env['PATH'] ?? ''}`
  const { exec } = runtime.runner
  return {
    ...runtime,
    runner: {
      exec: (argv, { env, ...more } = {}) => exec(argv, { env: { ...env, PATH }, ...more }),
    },
  }
}

/** Programs that write rules, and do this instead; the folder that they are in. */
const replaceRestores = async ({ lab }: Site, lines: string): Promise<string> => {
  const folder = '/opt/instead'
  const script = `
    mkdir ${folder}
    for name in iptables ip6tables; do for kind in '' -nft -legacy; do
      printf '#!/bin/sh\\n%s\\n' "$1" > ${folder}/$name$kind-restore
      chmod +x ${folder}/$name$kind-restore
    done; done`
  await lab.machine.exec(['sh', '-c', script, 'instead', lines])
  return folder
}

test.serial(
  'iptables that fails leaves nothing of an ADD, and the next one is served',
  async (t) => {
    const site = await start(t)
    const before = site.traces()
    const folder = await replaceRestores(site, 'echo out of order >&2\nexit 4')
    const broken = withPrograms(site, folder)
    const pod = site.lab.pod('p1')
    const attachment = attachmentOf(pod, { capabilities: { portMappings } })
    t.is(await refusedCode(t, driveChain(broken, site.network).add(attachment)), 100)
    t.deepEqual(site.traces(), before)
    await site.check(await site.add(pod, { capabilities: { portMappings } }))
  },
)

const testReference = reference.isHere ? test.serial : test.serial.skip

testReference('behind ptp: mapped ports alone, and a pod that is gone stops nobody', async (t) => {
  const routes = [{ dst: '0.0.0.0/0' }]
  const site = await start(t)
  const { lab, runtime } = site
  const network = {
    ...{ cniVersion: '1.0.0', name: 'chained' },
    plugins: [
      { type: 'ptp', ipam: { ...subnet('10.90.0.0/24'), routes, dataDir: site.dataDir } },
      { type: 'netplan-cni', ipMasq: true, capabilities: { portMappings: true } },
    ],
  }
  const before = site.traces()
  const driver = driveChain(runtime, network)
  const pod = lab.pod('p1')
  const attachment = attachmentOf(pod, { capabilities: { portMappings } })
  const result = await driver.add(attachment)
  await lab.serve(pod, 80)
  const mapped = { address: wire.node.inet, port: 8080 }
  t.is(await hear(lab, 'outside', mapped), 'p1 sees outside')
  t.is(await hear(lab, 'node', { ...mapped, address: '127.0.0.1' }), 'p1 sees 10.90.0.1')
  await driver.check(attachment, result)
  await lab.release([pod])
  const one = await site.add(lab.pod('p2'), {
    capabilities: { portMappings: [otherMapping] },
  })
  await site.check(one)
  await site.del(one)
  await driver.del({ ...attachment, netns: undefined }, result)
  const after = site.traces()
  t.deepEqual({ ...after, links: after.links.filter((link) => link !== 'cni0') }, before)
})

test.serial(
  'a DEL is killed, its pod goes, and an ADD behind it fails: that one alone is undone',
  async (t) => {
    const site = await start(t)
    const { lab, network } = site
    const pod = lab.pod('p1')
    const one = await site.add(pod, { capabilities: { portMappings } })
    const kill = `kill -9 $(grep -o "[0-9]*" ${folderOf(lab)}/lock | head -1)`
    const deadly = withPrograms(site, await replaceRestores(site, `${kill}\nexit 1`))
    const { result, ...attachment } = one
    const killed = driveChain(deadly, network).del(attachment, result)
    await t.throwsAsync(killed, { message: /exit -1/ })
    await lab.release([pod])
    const ipam = { ...subnet('10.89.0.0/24'), routes: [{ dst: '10.99.0.0/16', gw: '10.77.0.1' }] }
    const broken = openSecond(site, 'broken', { ...other, ipam })
    const links = site.traces().links
    await t.throwsAsync(broken.add(lab.pod('p2')), { message: /the node is as it was/ })
    t.deepEqual(site.traces().links, links)
    await site.del({ ...one, netns: undefined })
    t.deepEqual(site.traces().leases, [])
    t.deepEqual(
      site.traces().rules.filter((rule) => rule.includes('8080')),
      [],
    )
  },
)
