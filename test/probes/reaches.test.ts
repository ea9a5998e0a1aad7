// Equal shares, through services of ours.
import test from 'ava'
import { runProbes } from '../../src/kernel/probes.ts'
import { iptables } from '../services/firewall.ts'
import { createLab } from '../services/lab.ts'
import type { Lab } from '../services/lab.ts'
import { endpointsOf, serviceAt, servicesYaml, vip } from '../services/scenarios.ts'
import { backends } from '../services/shared.ts'
import { checksOf, told } from './stage.ts'

const ports = (['tcp', 'udp'] as const).map((protocol) => ({
  name: protocol,
  protocol,
  port: 80,
  targetPort: 8080,
}))

const make = async (lab: Lab, lines: readonly string[]): Promise<string[]> => {
  const probes = await checksOf(lines, ['x', 'p1'])
  const netnsOf = (name: string): string =>
    `/run/netns/${name === '' ? lab.node.name : lab.node.ns(name)}`
  return told(await runProbes(probes, { netnsOf }))
}

const list = (...endpoints: readonly string[]): string =>
  `reaches: [${endpoints.map((one) => `"${one}"`).join(', ')}]`

const [p1, p2, p3, p4] = [
  '10.244.0.11:8080',
  '10.244.0.12:8080',
  '10.244.0.13:8080',
  '10.244.0.14:8080',
] as const
const six = [1, 2, 3, 4].map((number) => `[fd00:244::1${String(number)}]:8080`)

const froms = ['', 'from: p1, ', 'from: x, ']

for (const backend of backends) {
  test.serial(
    `${backend}: services in turn and by chance are equal, from everywhere`,
    async (t) => {
      const lab = createLab(t, { backend })
      const random = { loadBalancing: 'random', ports } as const
      const services = {
        turn: serviceAt(1, endpointsOf(lab), { ports }),
        chance: serviceAt(2, endpointsOf(lab), random),
      }
      await lab.apply(servicesYaml(services, { masqueradeAll: true }))
      const lines = froms.flatMap((from) => [
        `${from}tcp: "${vip(1)}:80", ${list(p1, p2, p3, p4)}`,
        `${from}tcp: "${vip(2)}:80", ${list(p1, p2, p3, p4)}`,
        `${from}udp: "${vip(1)}:80", send: hello, ${list(p1, p2, p3, p4)}`,
        `${from}tcp: "[${vip(1, 'inet6')}]:80", ${list(...six)}`,
        `${from}udp: "[${vip(2, 'inet6')}]:80", send: hello, ${list(...six)}`,
      ])
      for (const line of await make(lab, lines)) t.regex(line, /^ok /)
    },
  )

  test.serial(`${backend}: unequal shares, endpoints too many and too few`, async (t) => {
    const lab = createLab(t, { backend, family: 'inet' })
    const three = endpointsOf(lab, 'p1', 'p2', 'p3').filter((one) => !one.includes(':'))
    await lab.apply(servicesYaml({ web: { clusterIPs: [vip(1)], ports, endpoints: three } }))
    const target = `from: x, tcp: "${vip(1)}:80"`
    const found = await make(lab, [
      `name: right, ${target}, ${list(p1, p2, p3)}`,
      `name: one more, ${target}, count: 40, ${list(p1, p2, p3, p4)}`,
      `name: one less, ${target}, count: 30, ${list(p1, p2)}`,
      `name: direct, from: x, tcp: "${p1}", ${list(p1)}`,
    ])
    t.is(found[0], 'ok right')
    t.is(found[1], `FAILED one more: none of 40 reached ${p4}`)
    t.regex(found[2] ?? '', /^FAILED one less: went to others than .*: \d+ to 10\.244\.0\.13:8080$/)
    t.is(found[3], 'ok direct')
    // Somebody else's rule takes four of five connections to one of them.
    const foreign = `-d ${vip(1)} -p tcp -m statistic --mode nth --every 5 --packet 0 -j RETURN`
    iptables(lab, '-t nat -N OTHERS')
    iptables(lab, `-t nat -A OTHERS ${foreign}`)
    iptables(lab, `-t nat -A OTHERS -p tcp -j DNAT --to-destination ${p1}`)
    iptables(lab, `-t nat -I PREROUTING -d ${vip(1)} -p tcp -j OTHERS`)
    const [uneven] = await make(lab, [`name: uneven, ${target}, ${list(p1, p2, p3)}`])
    t.regex(uneven ?? '', /^FAILED uneven: the shares are not equal: /)
  })
}

test.serial('a service of HTTP, and connections that nobody follows', async (t) => {
  const lab = createLab(t, { family: 'inet', pods: 2 })
  const endpoints = endpointsOf(lab, 'p1', 'p2').filter((one) => !one.includes(':'))
  await lab.apply(servicesYaml({ web: { clusterIPs: [vip(1)], ports, endpoints } }))
  iptables(lab, `-t raw -A PREROUTING -d 10.244.0.11 -j CT --notrack`)
  iptables(lab, `-t raw -A PREROUTING -s 10.244.0.11 -j CT --notrack`)
  const [direct, service] = await make(lab, [
    `from: x, tcp: "${p1}", ${list(p1)}`,
    `from: x, tcp: "${vip(1)}:80", expect: failure, count: 20, timeoutSeconds: 0.3`,
  ])
  t.regex(
    direct ?? '',
    /^FAILED tcp .*: 10 of 10 connections are not in the connection tracking table/,
  )
  t.regex(service ?? '', /^FAILED no tcp .*: works, \d+ of \d+ times, and must not$/)
})
