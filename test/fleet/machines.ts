import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, type Loaded } from '../../src/commands/load.ts'
import { openSession, type Session } from '../../src/commands/session.ts'
import { stateDirectory } from '../../src/kernel/state.ts'
import { carryOut, createNode, failureOf, sh, type Done } from '../node/harness.ts'
import type { FleetMember } from './fleets.ts'

/** Machines on a switch, with a router between the two subnets. */
export interface Machines {
  /** What the names of all of them begin with. */
  readonly prefix: string
  add(member: FleetMember): void
  remove(): void
}

const batch = (netns: string, lines: readonly string[]): void => {
  sh(['ip', '-n', netns, '-batch', '-'], lines.join('\n'))
}

const gateways = (subnet: number): readonly string[] => [
  `192.168.${String(subnet)}.254`,
  `fd00:192:0:${String(subnet)}::fe`,
]

const openSwitch = (name: string): void => {
  sh(['ip', 'netns', 'add', name])
  batch(
    name,
    [0, 1].flatMap((subnet) => {
      const [four = '', six = ''] = gateways(subnet)
      const bridge = `sub${String(subnet)}`
      return [
        `link add name ${bridge} type bridge mcast_snooping 0`,
        `link set dev ${bridge} up`,
        `address add ${four}/24 dev ${bridge}`,
        `address add ${six}/64 dev ${bridge} nodad`,
      ]
    }),
  )
  const forwards = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']
  sh(['ip', 'netns', 'exec', name, 'sysctl', '-q', '-w', ...forwards])
}

const connect = (hub: string, { name, subnet, addresses }: FleetMember, port: string): void => {
  sh(['ip', 'netns', 'add', name])
  batch(name, ['link set dev lo up', `link add name up0 type veth peer name ${port} netns ${hub}`])
  batch(hub, [`link set dev ${port} master sub${String(subnet)} up`])
  const families = addresses.map((address) => (address.includes(':') ? 1 : 0))
  batch(name, [
    'link set dev up0 up',
    ...addresses.map((address) => `address add ${address} dev up0 nodad`),
    ...families.map((family) => `route add default via ${gateways(subnet)[family] ?? ''}`),
  ])
}

export const openMachines = (): Machines => {
  const base = createNode()
  const prefix = base.name
  const hub = base.ns('sw')
  const names: string[] = []
  openSwitch(hub)
  return {
    prefix,
    add: (member) => {
      connect(hub, member, `port${String(names.length)}`)
      names.push(member.name)
    },
    remove: () => {
      // The next namespace may get the number of one of these, and would take its records for its own.
      for (const name of names) {
        const { ino } = statSync(`/run/netns/${name}`)
        rmSync(`${stateDirectory}/${String(ino)}`, { recursive: true, force: true })
      }
      base.remove()
    },
  }
}

/** Calls with the name of a file that has this text. */
export const withFile = async <T>(text: string, use: (file: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'netplan-fleet-'))
  try {
    const file = join(folder, 'fleet.yaml')
    writeFileSync(file, text)
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What a fleet's file says of the machine in a namespace, which is told by its addresses. */
const loadFor = async (file: string, name: string): Promise<Loaded> => {
  const loaded = await load({ file: [file], netns: name })
  const { nodeName = '' } = loaded.source
  if (nodeName !== name) throw new Error(`${name} is taken for ${nodeName}`)
  return loaded
}

export const openMember = async (file: string, name: string): Promise<Session> => {
  const { expansion, settle } = await loadFor(file, name)
  return openSession(expansion, { netns: name, adopt: false, nodeName: name, settle })
}

const done = (what: string, result: Done): Done => {
  const failure = failureOf(result)
  if (failure !== undefined) throw new Error(`${what}: ${failure}`)
  return result
}

export const applyMember = async (file: string, name: string): Promise<Done> =>
  done(`apply on ${name}`, await carryOut(await openMember(file, name)))

export const destroyMember = async (file: string, name: string): Promise<Done> => {
  const { owner, resources: places } = (await loadFor(file, name)).expansion
  const nothing = { owner, resources: [], probes: [] }
  const session = await openSession(nothing, { netns: name, adopt: false, places })
  return done(`destroy on ${name}`, await carryOut(session))
}
