// Many containers come and go at once, and some of those who serve them are killed.
import { statSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { openSite } from '../attached.ts'
import type { Attached } from '../attached.ts'
import { gc } from '../chain.ts'
import { ours } from '../contenders.ts'
import { createLab } from '../lab.ts'
import type { Lab } from '../lab.ts'
import { bridgeOf, families, gateway } from '../wanted.ts'
import { chanceOf } from './chance.ts'
import { step } from './slot.ts'
import type { Ledger, Slot } from './slot.ts'

const atOnce = 16
const perRound = 100

/** More of them: ATTACHMENTS=500; the same choices again: ATTACHMENTS_SEED=n. */
const total = Number(process.env['ATTACHMENTS'] ?? 40)
const seed = Number(process.env['ATTACHMENTS_SEED'] ?? Date.now() % 0x7fffffff)

/** So many steps, each slot taking the next one as soon as it can. */
const churn = async (ledger: Ledger, slots: readonly Slot[], steps: number): Promise<void> => {
  let begun = 0
  const work = async (slot: Slot): Promise<void> => {
    while (begun < steps) {
      begun++
      await step(ledger, slot)
    }
  }
  await Promise.all(slots.map(work))
}

interface Held {
  readonly name: string
  readonly addresses: readonly string[]
}

const shownIn = (lab: Lab, { pod, containerId }: Attached): Held => {
  const [eth0] = JSON.parse(lab.node.ip('-j address show dev eth0', pod.netns)) as {
    addr_info: { local: string; prefixlen: number; scope: string }[]
  }[]
  const addresses = eth0!.addr_info
    .filter(({ scope }) => scope === 'global')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
  return { name: containerId, addresses }
}

const toldTo = ({ containerId, result }: Attached): Held => ({
  name: containerId,
  addresses: (result['ips'] as { address: string }[]).map(({ address }) => address),
})

/** After GC: there is what the runtime knows of, all of it, and nothing else. */
const verify = async (
  t: ExecutionContext,
  { site }: Ledger,
  slots: readonly Slot[],
): Promise<void> => {
  const attached = slots.flatMap((slot) => slot.attached ?? [])
  const { lab, runtime, network } = site
  await gc(runtime, network, attached)
  const told = attached.map(toldTo)
  t.deepEqual(
    attached.map((one) => shownIn(lab, one)),
    told,
  )
  const addresses = told.flatMap((one) => one.addresses.map((address) => address.split('/')[0]!))
  const { leases, links } = site.traces()
  t.deepEqual(leases, [...new Set(addresses)].sort(), 'addresses that are given away')
  t.is(
    links.filter((link) => link.endsWith(' of cni0')).length,
    attached.length,
    'ports of the bridge',
  )
  for (const one of attached) {
    await site.check(one)
    lab.node.exec(['ping', '-q', '-c1', '-W5', gateway.inet], one.pod.netns)
  }
}

test(`${total} ADDs and DELs, ${atOnce} at a time, some of them killed: no address twice, nothing left`, async (t) => {
  t.timeout(30 * 60_000)
  t.log(`ATTACHMENTS_SEED=${seed}`)
  const lab = await createLab(t)
  const bridge = bridgeOf(families['both families'])
  const site = openSite(ours, lab, { wanted: { cniVersion: '1.1.0', name: 'pods', bridge } })
  const before = site.traces()
  const lock = `/run/nodeplan/${statSync(`/run/netns/${lab.node.name}`).ino}/lock`
  const ledger: Ledger = { site, lock, chance: chanceOf(seed), owners: new Map(), counts: {} }
  const slots = Array.from({ length: atOnce }, (_, index): Slot => {
    const pod = lab.pod(`slot${index}-0`)
    return { index, pod, turn: 0, state: 'empty', attached: undefined }
  })
  for (let done = 0; done < total; done += perRound) {
    await churn(ledger, slots, Math.min(perRound, total - done))
    await verify(t, ledger, slots)
  }
  t.log(JSON.stringify(ledger.counts))
  for (const slot of slots) if (slot.attached) await site.del(slot.attached)
  await gc(site.runtime, site.network, [])
  t.deepEqual(site.traces(), { ...before, links: [...before.links, 'cni0'].sort() })
})
