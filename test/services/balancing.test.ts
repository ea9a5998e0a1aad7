import { countedRules } from './firewall.ts'
import type { Lab, Place } from './lab.ts'
import type { Protocol, Result } from './protocol.ts'
import { counts, outcomes, periodOf } from './results.ts'
import { endpointsOf, serviceAt, tellAll, vip } from './scenarios.ts'
import { families } from './shared.ts'

const everyone: readonly Place[] = ['x', 'node', 'p1']

const each = (count: number): Record<string, number> => ({
  p1: count,
  p2: count,
  p3: count,
  p4: count,
})

const ports = (['tcp', 'udp'] as const).map((protocol) => ({
  name: protocol,
  protocol,
  port: 80,
  targetPort: 8080,
}))

/** How far from equal shares: chi-square, for four servers. */
const chiSquare = (results: readonly Result[]): number => {
  const expected = results.length / 4
  const sums = Object.values({ ...each(0), ...counts(results) })
  return sums.reduce((sum, one) => sum + (one - expected) ** 2 / expected, 0)
}

// Of a million runs of a fair service, one is further off.
const unlikely = 30.7

/** Twenty more addresses, five in each pod: by hand, so that apply would take them away. */
const manyAddresses = Array.from({ length: 20 }, (_, index) => `10.244.0.${100 + index}`)

const addAddresses = (lab: Lab): void => {
  for (const [index, address] of manyAddresses.entries())
    lab.node.ip(`address add ${address}/24 dev eth0`, lab.pods[index % 4]!.netns)
}

/** How many connections went to each address. */
const ledBy = (lab: Lab): Record<string, number> =>
  Object.fromEntries(
    countedRules(lab).flatMap(({ rule, packets }): [string, number][] => {
      const [, address] = /--to-destination (\S+):8080$/.exec(rule) ?? []
      return address === undefined ? [] : [[address, packets]]
    }),
  )

tellAll(
  {
    '01 ClusterIP: 400 connections over four endpoints are 100 each, in turn': async (
      t,
      { lab, apply },
    ) => {
      await apply({ web: serviceAt(1, endpointsOf(lab), { ports }) })
      for (const family of families) {
        const results = await lab.connect('x', vip(1, family), 80, { count: 400 })
        t.deepEqual(counts(results), each(100), family)
        t.is(periodOf(results), 4, family)
      }
    },

    '02 ClusterIP: node, pods and the world share one turn': async (t, { lab, apply }) => {
      await apply({ web: serviceAt(1, endpointsOf(lab), { ports }) })
      for (const family of families) {
        const mixed: Result[] = []
        for (const [index, from] of [...everyone, ...everyone, ...everyone].entries())
          mixed.push(...(await lab.connect(from, vip(1, family), 80, { count: index + 1 })))
        t.is(periodOf(mixed), 4, `${family}: ${outcomes(mixed).join(' ')}`)
        const options = { count: 40, parallel: 4 }
        const together = await Promise.all(
          everyone.map((from) => lab.connect(from, vip(1, family), 80, options)),
        )
        t.deepEqual(counts(together.flat()), each(30), family)
      }
    },

    '03 UDP: datagrams of new ports are shared exactly': async (t, { lab, apply }) => {
      await apply({ web: serviceAt(1, endpointsOf(lab), { ports }) })
      for (const family of families)
        for (const from of everyone) {
          const options = { protocol: 'udp', count: 40 } as const
          const results = await lab.connect(from, vip(1, family), 80, options)
          t.deepEqual(counts(results), each(10), `${family} ${from}`)
        }
    },

    '04 random: 2,000 connections have equal shares, and no order': async (t, { lab, apply }) => {
      await apply({ web: serviceAt(1, endpointsOf(lab), { loadBalancing: 'random' }) })
      for (const [family, count] of [['inet', 2000] as const, ['inet6', 400] as const]) {
        const results = await lab.connect('x', vip(1, family), 80, { count, parallel: 4 })
        const distance = chiSquare(results)
        t.log(`${family}: ${JSON.stringify(counts(results))}, chi-square ${distance.toFixed(1)}`)
        t.deepEqual(Object.keys(counts(results)), ['p1', 'p2', 'p3', 'p4'])
        t.true(distance < unlikely, String(distance))
        t.is(periodOf(results), undefined)
      }
    },

    '01 ClusterIP: twenty endpoints have the same share too': async (t, { lab, apply }) => {
      await apply({ web: serviceAt(1, manyAddresses, { clusterIPs: [vip(1)] }) })
      addAddresses(lab)
      const options = { count: 60, timeout: 1000, parallel: 2 }
      t.deepEqual(counts(await lab.connect('x', vip(1), 80, options)), each(15))
      t.deepEqual(ledBy(lab), Object.fromEntries(manyAddresses.map((address) => [address, 3])))
    },

    '08 ports of a service, and services of one address, lead where each of them says': async (
      t,
      { lab, apply },
    ) => {
      await apply({
        'kube-system/dns': serviceAt(53, endpointsOf(lab, 'p1', 'p2'), {
          ports: [
            { name: 'dns', port: 53, protocol: 'udp', targetPort: 5353 },
            { name: 'dns-tcp', port: 53, targetPort: 5353 },
            { name: 'metrics', port: 9153, targetPort: 8080 },
          ],
        }),
        'kube-system/more': serviceAt(53, endpointsOf(lab, 'p2', 'p3'), {
          ports: [{ port: 80, targetPort: 8080 }],
        }),
      })
      const asked = async (port: number, protocol: Protocol, family: 'inet' | 'inet6') =>
        (await lab.connect('x', vip(53, family), port, { protocol, count: 4 })).map(
          (one) => one.error ?? `${one.server}:${one.port}`,
        )
      for (const family of families) {
        // Each protocol has a turn of its own: the second asks the first endpoint again.
        t.deepEqual((await asked(53, 'udp', family)).slice(0, 3), ['p1:5353', 'p2:5353', 'p1:5353'])
        t.deepEqual((await asked(53, 'tcp', family)).slice(0, 3), ['p1:5353', 'p2:5353', 'p1:5353'])
        t.deepEqual((await asked(9153, 'tcp', family)).slice(0, 2), ['p1:8080', 'p2:8080'])
        t.deepEqual((await asked(80, 'tcp', family)).slice(0, 2), ['p2:8080', 'p3:8080'])
        t.deepEqual((await asked(54, 'tcp', family)).slice(0, 2), ['ECONNREFUSED', 'ECONNREFUSED'])
      }
    },

    '09 services whose names join to the same text are two': async (t, { lab, apply }) => {
      const [p1, p2, p3, p4] = lab.pods.map(({ inet, inet6 }) => [inet, inet6])
      const at = (port: number): { ports: { port: number; targetPort: number }[] } => ({
        ports: [{ port, targetPort: 8080 }],
      })
      await apply({
        'a/bc': serviceAt(1, p1!, at(80)),
        'ab/c': serviceAt(2, p2!, at(80)),
        a1: serviceAt(3, p3!, at(12)),
        a: serviceAt(3, p4!, at(112)),
      })
      for (const family of families) {
        const asks = [[1, 80] as const, [2, 80] as const, [3, 12] as const, [3, 112] as const]
        for (const [index, [number, port]] of asks.entries()) {
          const results = await lab.connect('x', vip(number, family), port, { count: 2 })
          t.deepEqual(counts(results), { [`p${index + 1}`]: 2 }, `${family} ${number}:${port}`)
        }
      }
    },
  },
  { ports: [8080, 5353] },
)
