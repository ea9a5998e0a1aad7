// CHECK finds whatever is not as ADD left it, and DEL takes away what is left.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openSite } from './attached.ts'
import type { Attached, Site } from './attached.ts'
import { Refused } from './chain.ts'
import { ours } from './contenders.ts'
import { createLab } from './lab.ts'
import { addressOf, bridgeOf, families, portMappings } from './wanted.ts'

interface Damage {
  /** What is done to the node or the pod, as a line of `ip`; of the pod where it begins with "pod: ". */
  readonly ip?: string
  readonly does?: ((site: Site, one: Attached) => void) | undefined
  /** What CHECK says. */
  readonly says: RegExp
}

const flush =
  (program: string, chain: string): Damage['does'] =>
  ({ lab }) =>
    void lab.node.exec([program, '-t', 'nat', '-F', chain])

/** The device of a pod in the node. */
const hostOf = ({ result }: Attached): string =>
  (result['interfaces'] as { name: string }[])[1]!.name

const damages: Readonly<Record<string, Damage>> = {
  'the device of the pod is down': { ip: 'pod: link set dev eth0 down', says: /eth0/ },
  'the device of the pod is gone': { ip: 'pod: link delete dev eth0', says: /eth0/ },
  'the device of the pod is another': {
    ip: 'pod: link set dev eth0 address 02:00:00:00:00:99',
    says: /the MAC address of eth0 is 02:00:00:00:00:99/,
  },
  'an address is gone': {
    ip: `pod: address delete ${addressOf.inet(1)}/24 dev eth0`,
    says: /10\.88/,
  },
  'an address of IPv6 is gone': {
    ip: `pod: address delete ${addressOf.inet6(1)}/64 dev eth0`,
    says: /fd88::2/,
  },
  'a route is gone': { ip: 'pod: -4 route delete default', says: /route default/ },
  'a route of IPv6 is gone': { ip: 'pod: -6 route delete default', says: /route ::\/0/ },
  'the bridge is gone': { ip: 'link delete dev cni0', says: /cni0/ },
  'the bridge is down': { ip: 'link set dev cni0 down', says: /cni0/ },
  'the gateway is gone': { ip: 'address delete 10.88.0.1/24 dev cni0', says: /10\.88\.0\.1/ },
  'the device is no port of the bridge': {
    does: (site, one) => void site.lab.node.ip(`link set dev ${hostOf(one)} nomaster`),
    says: /veth/,
  },
  'the port has no hairpin': {
    does: (site, one) =>
      void site.lab.node.exec(['bridge', 'link', 'set', 'dev', hostOf(one), 'hairpin', 'off']),
    says: /veth/,
  },
  'the rules of IPv4 are gone': { does: flush('iptables', 'POSTROUTING'), says: /POSTROUTING/ },
  'the rules of IPv6 are gone': { does: flush('ip6tables', 'POSTROUTING'), says: /POSTROUTING/ },
  'nothing leads to mapped ports': { does: flush('iptables', 'PREROUTING'), says: /PREROUTING/ },
  'its address is given to nobody': {
    does: ({ dataDir }) => {
      rmSync(join(dataDir, 'pods', addressOf.inet(1)))
      rmSync(join(dataDir, 'pods', addressOf.inet6(1)))
    },
    says: /no address is held/,
  },
}

for (const [title, { ip, does, says }] of Object.entries(damages))
  test.serial(title, async (t) => {
    const lab = await createLab(t)
    const bridge = bridgeOf(families['both families'])
    const site = openSite(ours, lab, { wanted: { cniVersion: '1.1.0', name: 'pods', bridge } })
    const before = site.traces()
    const one = await site.add(lab.pod('p1'), { capabilities: { portMappings } })
    await site.check(one)
    const line = ip?.replace('pod: ', '')
    if (line !== undefined) lab.node.ip(line, line === ip ? undefined : one.pod.netns)
    does?.(site, one)
    const error = await t.throwsAsync(site.check(one), { instanceOf: Refused })
    t.is(error.answered.document?.['code'], 101)
    t.regex(error.answered.stdout, says)
    await site.del(one)
    const after = site.traces()
    t.deepEqual({ ...after, links: after.links.filter((link) => link !== 'cni0') }, before)
  })
