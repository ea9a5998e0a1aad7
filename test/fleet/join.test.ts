import test from 'ava'
import { fleetFile, membersOf, type FleetShape, type Way } from './fleets.ts'
import { startFlows } from './flows.ts'
import { applyMember, destroyMember, openMachines, withFile } from './machines.ts'
import { pingMesh } from './mesh.ts'

/** Three nodes, or with a newcomer four; with directRouting two of them in each subnet. */
const shapeOf = (way: Way, count: number): FleetShape => ({
  way,
  pods: 'inet',
  underlay: 'inet',
  from: 'hostNumber',
  interface: 'cluster',
  masquerade: true,
  mtu: undefined,
  named: false,
  reserved: false,
  nodes: [11, 12, 13, 14].slice(0, count).map((host) => ({
    host,
    subnet: host % 2 === 0 || way !== 'direct' ? 0 : 1,
    mac: false,
    pods: [true],
  })),
})

/** What is planned and done. */
const changesBy = async (file: string, name: string): Promise<readonly string[]> => {
  const { plan } = await applyMember(file, name)
  return plan.changes.map(({ action, title }) => `${action} ${title}`).sort()
}

type Expected = (action: 'create' | 'delete', subnet: number) => readonly string[]

const route: Expected = (action) => [`${action} route 10.244.14.0/24`]

const entries: Expected = (action) => [
  `${action} fdb 0a:58:0a:f4:0e:00 to 192.168.0.14 on vxlan1`,
  `${action} neighbor 10.244.14.0 on vxlan1`,
  `${action} route 10.244.14.0/24`,
]

/** What one more node costs each of the others. */
const costs: readonly (readonly [Way, Expected])[] = [
  ['hostGateway', route],
  ['static', entries],
  ['direct', (action, subnet) => (subnet === 0 ? route : entries)(action, subnet)],
  ['remotes', (action) => [`${action} fdb 00:00:00:00:00:00 to 192.168.0.14 on vxlan1`]],
  ['multicast', () => []],
]

for (const [way, expected] of costs) {
  test(`a node joins and leaves a fleet of ${way}, and nobody notices`, async (t) => {
    t.timeout(120_000)
    const machines = openMachines()
    const [small, large] = [shapeOf(way, 3), shapeOf(way, 4)]
    const members = membersOf(large, machines.prefix)
    const [one, two, three, newcomer] = members
    if (!one || !two || !three || !newcomer) throw new Error('four members')
    const old = [one, two, three]
    for (const member of members) machines.add(member)
    let flows: Awaited<ReturnType<typeof startFlows>> | undefined
    try {
      const textOf = (shape: FleetShape): string =>
        JSON.stringify(fleetFile(shape, machines.prefix))
      await withFile(textOf(small), (before) =>
        withFile(textOf(large), async (after) => {
          for (const { name } of old) await applyMember(before, name)
          await pingMesh(old)
          const [from, to] = [one.pods[0], two.pods[0]]
          flows = await startFlows(from?.name ?? '', to?.name ?? '', to?.addresses?.[0] ?? '')
          for (const { name, subnet } of old) {
            t.deepEqual(await changesBy(after, name), expected('create', subnet), name)
          }
          await applyMember(after, newcomer.name)
          await pingMesh(members)
          for (const { name, subnet } of old) {
            t.deepEqual(await changesBy(before, name), expected('delete', subnet), name)
          }
          await destroyMember(after, newcomer.name)
          const { pings, lines } = await flows.finish()
          t.log(`${String(pings)} echoes and ${String(lines)} lines, all in order`)
          t.true(pings > 20 && lines > 100)
          await pingMesh(old)
        }),
      )
    } finally {
      flows?.kill()
      machines.remove()
    }
  })
}
