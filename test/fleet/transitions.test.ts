import test from 'ava'
import { fleetFile, membersOf, type FleetShape, type Way } from './fleets.ts'
import { applyMember, destroyMember, openMachines, openMember, withFile } from './machines.ts'
import { pingMesh } from './mesh.ts'

const shapeOf = (way: Way, pods: FleetShape['pods']): FleetShape => ({
  way,
  pods,
  underlay: 'both',
  from: 'hostNumber',
  interface: 'cluster',
  masquerade: false,
  mtu: undefined,
  named: false,
  reserved: false,
  nodes: [11, 12].map((host) => ({ host, subnet: 0, mac: false, pods: [true] })),
})

/** Each of four backends after each of the others. */
const tour =
  'hostGateway static hostGateway direct hostGateway remotes static direct static remotes'
const ways = `${tour} direct remotes hostGateway`.split(' ') as readonly Way[]

for (const pods of ['both', 'inet6'] as const) {
  test(`a fleet of ${pods} goes from any backend to any other in one apply`, async (t) => {
    t.timeout(5 * 60_000)
    const steps = new Set(ways.slice(1).map((way, index) => `${String(ways[index])} ${way}`))
    t.is(steps.size, 12)
    const machines = openMachines()
    const members = membersOf(shapeOf('static', pods), machines.prefix)
    for (const member of members) machines.add(member)
    try {
      let earlier = 'nothing'
      for (const way of ways) {
        const text = JSON.stringify(fleetFile(shapeOf(way, pods), machines.prefix))
        await withFile(text, async (file) => {
          for (const { name } of members) {
            await applyMember(file, name)
            const again = await (await openMember(file, name)).plan()
            t.deepEqual(again.ok && again.plan.changes, [], `${earlier} to ${way} on ${name}`)
          }
          if (way === ways.at(-1)) t.true((await pingMesh(members)) > 0)
        })
        earlier = way
      }
      const text = JSON.stringify(fleetFile(shapeOf('hostGateway', pods), machines.prefix))
      await withFile(text, async (file) => {
        for (const { name } of members) await destroyMember(file, name)
      })
    } finally {
      machines.remove()
    }
  })
}
