import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import { run } from '../run.ts'
import { program } from '../commands/cli.ts'
import { conntrackOf } from './conntrack.ts'
import type { Flow, Lab, Place } from './lab.ts'
import { outcomes } from './results.ts'
import { backends, endpointsOf, families, labsOf, list, planned } from './shared.ts'
import { addresses } from './topology.ts'

const labs = labsOf({ pods: 3 })

const virtual = { inet: '10.96.0.53', inet6: 'fd00:96::53' }
const external = { inet: '203.0.113.53', inet6: 'fd00:203::53' }
const networks = `serviceProxy: { serviceCIDRs: ${list('10.96.0.0/16', 'fd00:96::/112')} }\n`

const dns = (endpoints: string): string => `${networks}
services:
  dns:
    clusterIPs: ${list(virtual.inet, virtual.inet6)}
    externalIPs: ${list(external.inet, external.inet6)}
    ports: [{ port: 53, targetPort: 8080, nodePort: 30053, protocol: udp }]
    endpoints: ${endpoints}
`

/** The endpoints of these pods, by their numbers. */
const pods = (lab: Lab, ...numbers: readonly number[]): string =>
  endpointsOf({ ...lab, pods: lab.pods.filter((_, index) => numbers.includes(index + 1)) })

const frontends = (family: Family): readonly (readonly [address: string, port: number])[] => [
  [virtual[family], 53],
  [external[family], 53],
  [addresses.node[family], 30053],
]

let lastPort = 20_000

/** Flows of one client, each with its port, one after the other to so many servers. */
const openFlows = async (
  lab: Lab,
  [address, port]: readonly [string, number],
  servers: number,
): Promise<ReadonlyMap<string, Flow & { readonly sourcePort: number }>> => {
  const flows = new Map<string, Flow & { readonly sourcePort: number }>()
  for (let opened = 0; opened < servers; opened++) {
    const sourcePort = ++lastPort
    const options = { protocol: 'udp', sourcePort, timeout: 500 } as const
    const flow = await lab.open('x', address, port, options)
    flows.set(outcomes([flow.first])[0]!, { ...flow, sourcePort })
  }
  return flows
}

const routeExternal = ({ node }: Lab): void => {
  for (const family of families)
    node.ip(`route replace ${external[family]} via ${addresses.node[family]}`, node.ns('x'))
}

/** The number that conntrack gave to the flow of this port: another entry has another. */
const entryOf = ({ node }: Lab, family: Family, sourcePort: number): string => {
  const version = family === 'inet' ? 'ipv4' : 'ipv6'
  const line = `conntrack -L -f ${version} -p udp --orig-port-src ${sourcePort} -o id`
  return /\bid=(\d+)/.exec(node.exec(line.split(' ')))?.[1] ?? 'none'
}

for (const backend of backends)
  test.serial(
    `29 ${backend}: a UDP flow leaves an endpoint that goes, and others stay`,
    async (t) => {
      const lab = labs[backend]
      await lab.apply(dns(pods(lab, 1, 2)))
      routeExternal(lab)
      for (const family of families) {
        await lab.apply(dns(pods(lab, 1, 2)))
        const all = []
        for (const frontend of frontends(family)) {
          const flows = await openFlows(lab, frontend, 2)
          t.deepEqual([...flows.keys()].sort(), ['p1', 'p2'], frontend.join())
          all.push({ frontend, leaving: flows.get('p1')!, staying: flows.get('p2')! })
        }
        const before = all.map(({ staying }) => entryOf(lab, family, staying.sourcePort))
        await lab.apply(dns(pods(lab, 2, 3)))
        for (const { frontend, leaving, staying } of all) {
          const after = await leaving.probe(500)
          t.true(
            ['p2', 'p3'].includes(outcomes([after])[0]!),
            `${frontend.join()}: ${JSON.stringify(after)}`,
          )
          t.is((await staying.probe(500)).server, 'p2', frontend.join())
          await leaving.close()
        }
        t.false(before.includes('none'))
        t.deepEqual(
          all.map(({ staying }) => entryOf(lab, family, staying.sourcePort)),
          before,
        )
        for (const { staying } of all) await staying.close()
      }
    },
  )

const targets = (lab: Lab, family: Family): readonly string[] =>
  conntrackOf(lab, family)
    .filter(({ protocol, original }) => protocol === 'udp' && [53, 30053].includes(original.port))
    .map(({ original, reply }) => `${original.destination} at ${reply.source}`)

/** Flows to nobody, whose packets go on coming. */
const sendOneWay = async (lab: Lab, family: Family): Promise<void> => {
  for (const [address, port] of frontends(family))
    await lab.connect('x', address, port, { protocol: 'udp', timeout: 30, sourcePort: ++lastPort })
}

const endings: readonly (readonly [string, (lab: Lab) => Promise<unknown>])[] = [
  ['scaled to zero', (lab) => lab.apply(dns('[]'))],
  ['deleted', (lab) => lab.apply(networks)],
  ['the last of the file', (lab) => lab.apply()],
  ['destroyed', (lab) => lab.destroy(dns('[]'))],
]

for (const backend of backends)
  test.serial(`30 ${backend}: no flow is left of a service that goes`, async (t) => {
    const lab = labs[backend]
    for (const [title, end] of endings) {
      await lab.apply(dns(list('10.244.0.99', 'fd00:244::99')))
      routeExternal(lab)
      const others = { protocol: 'udp', sourcePort: ++lastPort } as const
      const direct = await lab.open('x', lab.pods[0]!.inet, 8080, others)
      const entry = entryOf(lab, 'inet', lastPort)
      for (const family of families) {
        await sendOneWay(lab, family)
        const nobody = family === 'inet' ? '10.244.0.99' : 'fd00:244::99'
        t.deepEqual(
          [...targets(lab, family)].sort(),
          frontends(family)
            .map(([address]) => `${address} at ${nobody}`)
            .sort(),
          title,
        )
      }
      await end(lab)
      for (const family of families) t.deepEqual(targets(lab, family), [], title)
      t.not(entry, 'none')
      t.is(entryOf(lab, 'inet', others.sourcePort), entry, title)
      await direct.close()
    }
  })

const refusal = (from: Place): string => (from === 'node' ? 'EPERM' : 'ECONNREFUSED')

// The kernel follows flows where any rule asks for it.
const followed = `
iptables: [{ chain: FORWARD, rule: '-m conntrack --ctstate INVALID -j ACCEPT' }]
`

const checkServed = async (t: ExecutionContext, flows: readonly Flow[], about: string) => {
  for (const flow of flows) {
    const tries = [await flow.probe(300), await flow.probe(300)]
    t.true(outcomes(tries).includes('p1'), `${about}: ${outcomes(tries).join()}`)
    await flow.close()
  }
}

for (const backend of backends)
  test.serial(
    `19 ${backend}: who was refused, or asked too early, is served at once`,
    async (t) => {
      const lab = labs[backend]
      const from = ['x', 'node', 'p2'] as const
      const open = (place: Place, family: Family) =>
        lab.open(place, virtual[family], 53, {
          protocol: 'udp',
          sourcePort: ++lastPort,
          timeout: 200,
        })
      await lab.apply(dns('[]'))
      for (const family of families) {
        const flows = await Promise.all(from.map((place) => open(place, family)))
        t.deepEqual(outcomes(flows.map(({ first }) => first)), from.map(refusal), family)
        await lab.apply(dns(pods(lab, 1)))
        await checkServed(t, flows, `refused, ${family}`)
        // No service yet, and no network of services: packets leave by the default route, and are followed.
        await lab.apply(followed)
        const early = await open('p2', family)
        t.true(targets(lab, family).length > 0)
        await lab.apply(dns(pods(lab, 1)).replace(networks, ''))
        await checkServed(t, [early], `too early, ${family}`)
        await lab.apply(dns('[]'))
      }
    },
  )

const hidden = '/run/all-but-conntrack'

/** A machine where conntrack is not installed, for one program. */
const hide = `mkdir -p ${hidden} && mount --bind /usr/sbin ${hidden} &&
mount -t tmpfs tmpfs /usr/sbin && ln -s ${hidden}/* /usr/sbin/ &&
rm /usr/sbin/conntrack && exec "$@"`

test.serial('30 without conntrack there is a warning, and everything else is done', async (t) => {
  const lab = labs.nft
  await lab.apply()
  const apply = (endpoints: string) => {
    const unshare = ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', hide, 'sh']
    const verb = ['apply', '--auto-approve', '--netns', lab.node.name, '-f', '-']
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
    const input = lab.yaml(dns(endpoints))
    return run([...unshare, ...program, ...verb, '--iptables', 'nft'], { input, env })
  }
  for (const endpoints of [pods(lab, 1, 2), pods(lab, 2)]) {
    const { code, stdout, stderr } = await apply(endpoints)
    t.is(code, 0, stderr)
    t.regex(stdout, /^Done: /m)
    t.regex(stderr, /^<stdin>:.*: warning: the program conntrack is missing.*\n.*\n.*apt-get/)
  }
  t.deepEqual(outcomes(await lab.connect('x', virtual.inet, 53, { protocol: 'udp' })), ['p2'])
  // What could not be done then is done when it can be, as after a crash.
  const flow = await lab.open('x', virtual.inet, 53, { protocol: 'udp', sourcePort: ++lastPort })
  t.is(flow.first.server, 'p2')
  t.is((await apply('[]')).code, 0)
  t.is((await flow.probe(200)).server, 'p2')
  t.deepEqual(await planned(lab, networks), [
    ...(await planned(lab, networks)).filter((one) => !one.includes('flows')),
    `update IPv4 flows of services of NP111: stale ["${virtual.inet}:53 at 10.244.0.12:8080"] -> []`,
  ])
  await lab.apply(networks)
  t.is((await flow.probe(200)).error, 'ECONNREFUSED')
  await flow.close()
})
