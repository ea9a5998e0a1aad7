import test from 'ava'
import { sh } from '../node/harness.ts'
import type { Service } from '../../src/config/config.ts'
import type { Lab, Place } from './lab.ts'
import type { Family } from '../../src/net/addresses.ts'
import { createLab } from './lab.ts'
import { counts, outcomes } from './results.ts'
import { endpointsOf, serviceAt, servicesYaml, tellAll, vip } from './scenarios.ts'
import { backends, families } from './shared.ts'

const sticky = (lab: Lab, ...names: readonly string[]): Service =>
  serviceAt(1, endpointsOf(lab, ...names), { sessionAffinity: {} })

/** The servers that a client meets: one, where it is remembered. */
const met = async (lab: Lab, from: Place, count = 4, family: Family = 'inet') =>
  Object.keys(counts(await lab.connect(from, vip(1, family), 80, { count })))

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

for (const backend of backends)
  test(`14 affinity lasts while it is used, and no longer (${backend})`, async (t) => {
    const lab = createLab(t, { backend, family: 'inet', forwarding: false })
    const timed = serviceAt(
      1,
      lab.pods.map(({ inet }) => inet),
      {
        clusterIPs: [vip(1)],
        sessionAffinity: { timeoutSeconds: 2 },
      },
    )
    await lab.apply(servicesYaml({ web: timed }, { serviceCIDRs: ['10.96.0.0/16'] }))
    const [first] = await met(lab, 'x', 1)
    // Each use begins the two seconds anew.
    for (let used = 0; used < 3; used++) {
      await sleep(1100)
      t.deepEqual(await met(lab, 'x', 1), [first!], `use ${used}`)
    }
    await sleep(2300)
    t.notDeepEqual(await met(lab, 'x', 1), [first!])
  })

/** Connections from so many addresses in turn: those of the client outside, changed as they leave. */
const pretend = (lab: Lab, hosts: readonly number[]): void => {
  const rules = hosts.map((host, index) => {
    const every = hosts.length - index
    const address = `192.168.${78 + (host >> 7)}.${1 + (host & 127)}`
    return `-A POSTROUTING -d ${vip(1)} -m statistic --mode nth --every ${every} --packet 0 -j SNAT --to-source ${address}`
  })
  const enter = ['nsenter', `--net=/run/netns/${lab.node.ns('x')}`]
  sh([...enter, 'iptables-nft-restore'], ['*nat', ...rules, 'COMMIT', ''].join('\n'))
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

tellAll({
  '14 a client comes to one endpoint, others to others': async (t, { lab, apply }) => {
    await apply({ web: sticky(lab) })
    for (const family of families) {
      const clients = ['x', 'node', 'p2', 'p3'] as const
      for (const [index, from] of clients.entries())
        t.deepEqual(await met(lab, from, 20, family), [`p${index + 1}`], `${from} ${family}`)
      for (const [index, from] of clients.entries())
        t.deepEqual(await met(lab, from, 2, family), [`p${index + 1}`], `${from} ${family} again`)
    }
  },

  '14 UDP and random too': async (t, { lab, apply }) => {
    const ports = [{ port: 80, protocol: 'udp', targetPort: 8080 }] as const
    await apply({ web: { ...sticky(lab), ports, loadBalancing: 'random' } })
    for (const family of families)
      for (const from of ['x', 'p1'] as const) {
        const options = { protocol: 'udp', count: 20 } as const
        const results = await lab.connect(from, vip(1, family), 80, options)
        t.is(Object.keys(counts(results)).length, 1, JSON.stringify(counts(results)))
        t.is(
          results.find(({ error }) => error !== undefined),
          undefined,
        )
      }
  },

  '15 affinity is switched on and off': async (t, { lab, apply }) => {
    const loose = serviceAt(1, endpointsOf(lab))
    await apply({ web: loose })
    t.deepEqual(await met(lab, 'x'), ['p1', 'p2', 'p3', 'p4'])
    await apply({ web: sticky(lab) })
    t.is((await met(lab, 'x', 8)).length, 1)
    await apply({ web: loose })
    t.deepEqual(await met(lab, 'x'), ['p1', 'p2', 'p3', 'p4'])
  },

  '15 clients stay where they are when others change': async (t, { lab, apply }) => {
    await apply({ web: sticky(lab), other: serviceAt(2, endpointsOf(lab, 'p1')) })
    const clients = ['x', 'node', 'p3'] as const
    const everybody = async (): Promise<string[]> =>
      (await Promise.all(clients.map((from) => met(lab, from)))).flat()
    const before: string[] = []
    for (const from of clients) before.push(...(await met(lab, from)))
    t.deepEqual(before, ['p1', 'p2', 'p3'])
    await apply({ web: sticky(lab), other: serviceAt(2, endpointsOf(lab, 'p1', 'p2')) })
    t.deepEqual(await everybody(), before, 'another service changed')
    await apply({ web: sticky(lab, 'p1', 'p2', 'p3') })
    t.deepEqual(await everybody(), before, 'an endpoint of nobody left')
    await apply({ web: sticky(lab) })
    t.deepEqual(await everybody(), before, 'it came again')
    await apply({ web: sticky(lab, 'p2', 'p3', 'p4') })
    const after = await everybody()
    t.deepEqual(after.slice(1), ['p2', 'p3'], 'the endpoint of another client left')
    t.true(['p2', 'p3', 'p4'].includes(after[0]!))
    t.deepEqual(await everybody(), after, 'who was moved is remembered anew')
  },

  '16 of more than a hundred clients of an endpoint, the last are remembered, and all are served':
    async (t, { lab, apply }) => {
      await apply({ web: sticky(lab, 'p1', 'p2') })
      for (const net of ['192.168.78.0/24', '192.168.79.0/24', '192.168.80.0/24'])
        lab.node.ip(`route replace ${net} via 192.168.77.2`)
      pretend(lab, range(0, 260))
      const options = { count: 520, parallel: 1, timeout: 1000 }
      const results = outcomes(await lab.connect('x', vip(1), 80, options))
      t.deepEqual([...new Set(results)].sort(), ['p1', 'p2'])
      pretend(lab, range(110, 260))
      const again = await lab.connect('x', vip(1), 80, { ...options, count: 150 })
      t.deepEqual(outcomes(again), results.slice(-150))
    },
})
