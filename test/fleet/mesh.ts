import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalAddress, contains } from '../../src/net/addresses.ts'
import { sh } from '../node/harness.ts'
import { run } from '../run.ts'
import type { FleetMember, FleetPod } from './fleets.ts'

/** Until duplicate address detection is through with the addresses of the pods. */
const ROUNDS = 20

interface Shown {
  readonly mtu: number
  readonly addr_info: readonly { readonly local: string; readonly scope: string }[]
}

interface PodSeen {
  readonly name: string
  readonly mtu: number
  readonly addresses: readonly string[]
}

const seePod = (pod: FleetPod): PodSeen => {
  const shown = sh(['ip', '-n', pod.name, '-j', 'address', 'show', 'dev', 'eth0'])
  const [{ mtu, addr_info } = { mtu: 0, addr_info: [] }] = JSON.parse(shown) as readonly Shown[]
  const addresses = addr_info.filter(({ scope }) => scope === 'global').map(({ local }) => local)
  const wanted = pod.addresses?.map(canonicalAddress) ?? addresses
  const isRight =
    JSON.stringify([...wanted].sort()) === JSON.stringify([...addresses].sort()) &&
    pod.podCIDRs.length === addresses.length &&
    pod.podCIDRs.every((prefix) => addresses.some((address) => contains(prefix, address)))
  if (!isRight) throw new Error(`${pod.name} has ${addresses.join(', ') || 'no address'}`)
  return { name: pod.name, mtu, addresses }
}

interface Ping {
  readonly from: string
  readonly to: string
  /** Bytes of the packet with its headers, which nobody may fragment. */
  readonly bytes: number
}

/** One process for all pings of a namespace. */
const pingFrom = async (from: string, pings: readonly Ping[]): Promise<readonly Ping[]> => {
  const lines = pings.map(({ to, bytes }, index) => {
    const payload = String(bytes - (to.includes(':') ? 48 : 28))
    return `ping -n -q -c 1 -W 1 -M do -s ${payload} ${to} >/dev/null 2>&1 || echo ${String(index)} &`
  })
  const { stdout } = await run(['sh', '-c', [...lines, 'wait'].join('\n')], { netns: from })
  const lost = new Set(stdout.split('\n').filter((line) => line !== ''))
  return pings.filter((_, index) => lost.has(String(index)))
}

const pingAll = async (pings: readonly Ping[]): Promise<readonly Ping[]> => {
  const lost: Ping[] = []
  for (const from of new Set(pings.map((ping) => ping.from))) {
    lost.push(
      ...(await pingFrom(
        from,
        pings.filter((ping) => ping.from === from),
      )),
    )
  }
  return lost
}

/**
 * Pings from every pod to every pod, with the largest packet that it may send, and from every node.
 *
 * @returns how many
 */
export const pingMesh = async (members: readonly FleetMember[]): Promise<number> => {
  const pods = members.flatMap((member) => member.pods.map(seePod))
  const all = pods.flatMap(({ addresses }) => addresses)
  if (new Set(all).size !== all.length)
    throw new Error(`an address is there twice: ${all.join(' ')}`)
  const pings = [
    ...pods.flatMap(({ name, mtu }) => all.map((to) => ({ from: name, to, bytes: mtu }))),
    ...members.flatMap(({ name }) => all.map((to) => ({ from: name, to, bytes: 100 }))),
  ]
  let lost: readonly Ping[] = pings
  for (let round = 0; round < ROUNDS && lost.length > 0; round += 1) {
    if (round > 0) await sleep(250)
    lost = await pingAll(lost)
  }
  if (lost.length > 0) {
    const lines = lost.map(({ from, to, bytes }) => `${from} -> ${to} (${String(bytes)} bytes)`)
    throw new Error(`no answer:\n${lines.join('\n')}`)
  }
  return pings.length
}
