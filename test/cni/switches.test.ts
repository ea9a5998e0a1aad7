// What a network says of its bridge and its ports, beside addresses.
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { openSite } from './attached.ts'
import type { Attached, Site } from './attached.ts'
import { ours } from './contenders.ts'
import { createLab } from './lab.ts'
import { hear } from './probes.ts'
import type { Document } from './protocol.ts'
import { bridgeOf, families, gateway } from './wanted.ts'

const open = async (t: ExecutionContext, more: Document): Promise<Site> =>
  openSite(ours, await createLab(t), {
    wanted: {
      ...{ cniVersion: '1.0.0', name: 'pods' },
      bridge: { ...bridgeOf(families.IPv4), ...more },
    },
  })

/** The end of a pod's pair that is in the node. */
const portOf = ({ result }: Attached): string => {
  const [, port] = result['interfaces'] as readonly { readonly name: string }[]
  return port?.name ?? ''
}

test.serial('promiscMode: the bridge takes every frame', async (t) => {
  const { lab, add, check, del } = await open(t, { promiscMode: true, hairpinMode: false })
  const one = await add(lab.pod('p1'))
  t.regex(lab.node.ip('link show dev cni0'), /PROMISC/)
  await check(one)
  lab.node.ip('link set dev cni0 promisc off')
  await t.throwsAsync(check(one))
  await del(one)
})

test.serial('hairpinMode: the port sends back what came from it', async (t) => {
  const { lab, add, check } = await open(t, { hairpinMode: true })
  const one = await add(lab.pod('p1'))
  const port = portOf(one)
  t.regex(lab.node.ip(`-d link show dev ${port}`), /hairpin on/)
  lab.node.ip(`link set dev ${port} type bridge_slave hairpin off`)
  await t.throwsAsync(check(one))
})

test.serial('portIsolation: pods reach the gateway, and not each other', async (t) => {
  const site = await open(t, { portIsolation: true })
  const { lab } = site
  const [p1, p2] = [lab.pod('p1'), lab.pod('p2')]
  await site.add(p1)
  const second = await site.add(p2)
  await Promise.all([lab.serve(p2, 80), lab.serve('node', 80)])
  const [{ address = '' } = {}] = second.result['ips'] as readonly { readonly address?: string }[]
  t.not(await hear(lab, p1, { address: address.replace(/\/.*/, ''), port: 80 }), 'p2 sees p1')
  t.is(await hear(lab, p1, { address: gateway.inet, port: 80 }), 'node sees p1')
})

test.serial('mtu, and an address of the device that the runtime asks for', async (t) => {
  const { lab, add, check } = await open(t, { mtu: 1400 })
  const pod = lab.pod('p1')
  const one = await add(pod, { args: 'IgnoreUnknown=1;MAC=02:00:00:00:00:07' })
  t.regex(lab.node.ip('link show dev eth0', pod.netns), /mtu 1400[^]*02:00:00:00:00:07/)
  t.regex(lab.node.ip(`link show dev ${portOf(one)}`), /mtu 1400/)
  await check(one)
})
