import test from 'ava'
import fc from 'fast-check'
import { assertSame } from '../node/properties.ts'
import { describeProblems } from '../node/harness.ts'
import { namespacesOf, snapshotOf } from '../node/snapshot.ts'
import { allWays, fleetFile, fleets, membersOf, type FleetShape } from './fleets.ts'
import { applyMember, destroyMember, openMachines, openMember, withFile } from './machines.ts'
import { pingMesh } from './mesh.ts'

const expectNothing = async (file: string, name: string): Promise<void> => {
  const result = await (await openMember(file, name)).plan()
  if (!result.ok) throw new Error(describeProblems(result))
  const titles = result.plan.changes.map(({ title, reason = '' }) => `${title} ${reason}`)
  if (titles.length > 0) throw new Error(`a second plan of ${name}: ${titles.join(', ')}`)
}

/** All nodes apply one file, everybody reaches everybody, and destroy gives the nodes back. */
const check = async (shape: FleetShape): Promise<number> => {
  const machines = openMachines()
  try {
    const members = membersOf(shape, machines.prefix)
    for (const member of members) machines.add(member)
    const before = members.map(({ name }) => snapshotOf(name))
    const namespaces = namespacesOf(machines.prefix)
    return await withFile(JSON.stringify(fleetFile(shape, machines.prefix)), async (file) => {
      for (const { name } of members) await applyMember(file, name)
      for (const { name } of members) await expectNothing(file, name)
      const pings = await pingMesh(members)
      for (const { name } of members) await expectNothing(file, name)
      for (const { name } of members) await destroyMember(file, name)
      members.forEach(({ name }, index) => {
        assertSame(`destroy did not give ${name} back`, before[index] ?? [], snapshotOf(name))
      })
      assertSame('namespaces are left', namespaces, namespacesOf(machines.prefix))
      return pings
    })
  } finally {
    machines.remove()
  }
}

/** More of them: FLEETS=50; one of them again: FLEETS_SEED=n. */
const runs = Number(process.env['FLEETS'] ?? 3)

test('all nodes apply one file, and all pods reach each other', async (t) => {
  t.timeout(60_000 * (1 + runs))
  const seed = Number(process.env['FLEETS_SEED'] ?? Date.now() % 0x7fffffff)
  t.log(`seed ${String(seed)}, ${String(runs)} fleets`)
  let pings = 0
  const property = fc.asyncProperty(fleets(runs > 10 ? 8 : 4, allWays), async (shape) => {
    pings += await check(shape)
  })
  // A smaller one is looked for by hand: each costs seconds.
  const parameters = { seed, numRuns: runs, endOnFailure: true, includeErrorInReport: true }
  await fc.assert(property, parameters)
  t.log(`${String(pings)} pings were answered`)
  t.true(pings > 0)
})
