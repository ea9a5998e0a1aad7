import { countedRules } from './firewall.ts'
import type { Counted } from './firewall.ts'
import type { Lab } from './lab.ts'
import type { Result } from './protocol.ts'
import { counts, outcomes, periodOf } from './results.ts'
import { endpointsOf, serviceAt, servicesYaml, tellAll, vip } from './scenarios.ts'
import { families } from './shared.ts'
import type { Family } from '../../src/net/addresses.ts'

/** How often each rule of ours in nat was met: as often as connections began. */
const meetings = (lab: Lab): readonly Counted[] =>
  families
    .flatMap((family) => countedRules(lab, family))
    .filter(({ table, chain }) => table === 'nat' && chain.startsWith('NP'))

const ask = async (lab: Lab, count: number, number = 1, family: Family = 'inet') =>
  outcomes(await lab.connect('x', vip(number, family), 80, { count }))

/** Connects all the time, as clients do, until it is told to stop. */
const load = (lab: Lab): { stop(): Promise<readonly Result[]> } => {
  let stopped = false
  const run = async (): Promise<Result[]> => {
    const results: Result[] = []
    while (!stopped)
      results.push(...(await lab.connect('x', vip(1), 80, { count: 20, parallel: 2 })))
    return results
  }
  const running = run()
  return {
    stop: () => {
      stopped = true
      return running
    },
  }
}

tellAll({
  '05 endpoints come and go: shares are exact again, connections stay': async (
    t,
    { lab, apply },
  ) => {
    await apply({ web: serviceAt(1, endpointsOf(lab, 'p1', 'p2', 'p3')) })
    const flows = await Promise.all(
      [1, 2, 3].map(() => lab.open('x', vip(1), 80, { timeout: 1000 })),
    )
    const servers = flows.map(({ first }) => first.server)
    t.deepEqual([...servers].sort(), ['p1', 'p2', 'p3'])

    await apply({ web: serviceAt(1, endpointsOf(lab)) })
    for (const family of families) {
      const results = await lab.connect('x', vip(1, family), 80, { count: 40 })
      t.deepEqual(counts(results), { p1: 10, p2: 10, p3: 10, p4: 10 })
      t.is(periodOf(results), 4)
    }

    await apply({ web: serviceAt(1, endpointsOf(lab, 'p2', 'p3', 'p4')) })
    for (const family of families) {
      const results = await lab.connect('x', vip(1, family), 80, { count: 30 })
      t.deepEqual(counts(results), { p2: 10, p3: 10, p4: 10 })
    }
    for (const [index, flow] of flows.entries()) {
      t.is((await flow.probe()).server, servers[index])
      await flow.close()
    }
  },

  '05 while endpoints come and go, no connection fails': async (t, { lab, apply }) => {
    const endpoints = endpointsOf(lab, 'p1', 'p2', 'p3')
    await apply({ web: serviceAt(1, endpoints) })
    const clients = load(lab)
    for (const names of [['p1', 'p2', 'p3', 'p4'], ['p2', 'p3'], ['p4']]) {
      const other = serviceAt(2, endpointsOf(lab, ...names))
      await apply({ web: serviceAt(1, endpointsOf(lab, ...names)), [names.join('-')]: other })
    }
    const results = await clients.stop()
    t.log(JSON.stringify(counts(results)))
    t.deepEqual(Object.keys(counts(results)), ['p1', 'p2', 'p3', 'p4'])
  },

  '06 a change of another service: the turn goes on; with legacy it begins anew': async (
    t,
    { lab, backend, apply },
  ) => {
    const a = serviceAt(1, endpointsOf(lab))
    await apply({ a, b: serviceAt(2, endpointsOf(lab, 'p1')) })
    const after = async (change: Parameters<typeof apply>[0]): Promise<void> => {
      t.deepEqual(await ask(lab, 1), ['p1'])
      t.deepEqual(await ask(lab, 1, 1, 'inet6'), ['p1'])
      await apply(change)
      const next = backend === 'nft' ? ['p2', 'p3', 'p4'] : ['p1', 'p2', 'p3']
      t.deepEqual(await ask(lab, 3), next)
      t.deepEqual(await ask(lab, 3, 1, 'inet6'), next)
      // Once around, so that it starts at the first again.
      if (backend === 'legacy') await Promise.all(families.map((one) => ask(lab, 1, 1, one)))
    }
    await after({ a, b: serviceAt(2, endpointsOf(lab, 'p1', 'p2')) })
    await after({
      a,
      b: serviceAt(2, endpointsOf(lab, 'p1', 'p2')),
      c: serviceAt(3, endpointsOf(lab)),
    })
    await after({ a, d: serviceAt(4, endpointsOf(lab, 'p1')) })
  },

  '06 a change of what is not nat leaves every turn as it is': async (t, { lab, apply }) => {
    const services = { a: serviceAt(1, endpointsOf(lab)) }
    await apply(services)
    t.deepEqual(await ask(lab, 1), ['p1'])
    await lab.apply(`${servicesYaml(services)}forwarding: [{ source: 10.9.0.0/16 }]\n`)
    t.deepEqual(await ask(lab, 1), ['p2'])
    await lab.apply(`${servicesYaml(services)}forwarding: [{ source: 10.8.0.0/16 }]\n`)
    t.deepEqual(await ask(lab, 2), ['p3', 'p4'])
  },

  '07 applying again writes nothing: counters and turns are as they were': async (
    t,
    { lab, apply },
  ) => {
    const services = {
      web: serviceAt(1, endpointsOf(lab), {
        ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
        sessionAffinity: {},
      }),
      dns: serviceAt(2, endpointsOf(lab, 'p1', 'p2'), { loadBalancing: 'random' }),
      turn: serviceAt(3, endpointsOf(lab)),
      none: serviceAt(4, []),
    }
    await apply(services)
    for (const number of [1, 2, 3, 4]) await ask(lab, 3, number)
    const before = meetings(lab)
    t.true(before.some(({ packets }) => packets > 0))
    for (let round = 0; round < 2; round++) {
      const again = await lab.node.apply(lab.yaml(servicesYaml(services)), lab.options)
      t.deepEqual([again.plan.changes, again.writes], [[], 0])
    }
    t.deepEqual(meetings(lab), before)
    t.deepEqual(await ask(lab, 2, 3), ['p4', 'p1'])
  },
})
