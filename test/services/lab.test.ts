import { existsSync } from 'node:fs'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { namespacesOf, snapshot } from '../node/snapshot.ts'
import { conntrackOf } from './conntrack.ts'
import { iptables, packetsOf, restore, save } from './firewall.ts'
import { createLab } from './lab.ts'
import type { Lab, Place } from './lab.ts'
import type { Protocol } from './protocol.ts'
import { counts, outcomes, peers, periodOf, slowest } from './results.ts'
import { addresses } from './topology.ts'

const backends = ['nft', 'legacy'] as const
const families = ['inet', 'inet6'] as const

const virtual = {
  inet: { web: '10.96.0.1', refused: '10.96.0.2', silent: '10.96.0.3' },
  inet6: { web: 'fd00:96::1', refused: 'fd00:96::2', silent: 'fd00:96::3' },
}

const destination = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** Endpoints in turn, each protocol with a turn of its own. */
const balance = (protocol: Protocol, endpoints: readonly string[]): string[] =>
  endpoints.map(
    (endpoint, index) =>
      `-A WEB-${protocol} -p ${protocol} -m statistic --mode nth --every ${endpoints.length - index} ` +
      `--packet 0 -j DNAT --to-destination ${destination(endpoint, 8080)}`,
  )

const jumps = (address: string): string[] =>
  ['PREROUTING', 'OUTPUT'].flatMap((chain) =>
    ['tcp', 'udp'].map(
      (protocol) => `-A ${chain} -d ${address} -p ${protocol} --dport 80 -j WEB-${protocol}`,
    ),
  )

const refuse = (address: string): string[] =>
  ['FORWARD', 'OUTPUT'].flatMap((chain) => [
    `-A ${chain} -d ${address} -p tcp -j REJECT --reject-with tcp-reset`,
    `-A ${chain} -d ${address} -j REJECT`,
  ])

/** A service by hand: one address with endpoints, one that refuses, one that is silent. */
const writeService = (lab: Lab, family: 'inet' | 'inet6'): void => {
  const { web, refused, silent } = virtual[family]
  // By the default route they would go back to the client: for the redirect, the node saves the refusal.
  if (family === 'inet') lab.node.ip('route add 10.96.0.0/16 dev lo')
  const endpoints = lab.pods.map((pod) => pod[family])
  const lines = [
    '*filter',
    ...refuse(refused),
    ...['FORWARD', 'OUTPUT'].map((chain) => `-A ${chain} -d ${silent} -j DROP`),
    'COMMIT',
    '*nat',
    ':WEB-tcp - [0:0]',
    ':WEB-udp - [0:0]',
    ...jumps(web),
    ...balance('tcp', endpoints),
    ...balance('udp', endpoints),
    ...endpoints.map((pod) => `-A POSTROUTING -s ${pod} -d ${pod} -j MASQUERADE`),
    'COMMIT',
    '',
  ]
  restore(lab, lines.join('\n'), family)
}

const everyone: readonly Place[] = ['x', 'node', 'p1']
const each = (count: number): Record<string, number> => ({
  p1: count,
  p2: count,
  p3: count,
  p4: count,
})

const checkTurns = async (t: ExecutionContext, lab: Lab, family: 'inet' | 'inet6') => {
  const { web } = virtual[family]
  for (const from of everyone) {
    const began = performance.now()
    const results = await lab.connect(from, web, 80, { count: 400 })
    const taken = performance.now() - began
    t.deepEqual(counts(results), each(100), from)
    t.is(periodOf(results), 4, from)
    t.log(`${family} ${from}: ${taken.toFixed(0)} ms, slowest ${slowest(results).toFixed(1)} ms`)
    const datagrams = await lab.connect(from, web, 80, { protocol: 'udp', count: 40 })
    t.deepEqual(counts(datagrams), each(10), `${from} udp`)
  }
  t.is(packetsOf(lab, '-j WEB-tcp', family), 1200)
}

const checkPeers = async (t: ExecutionContext, lab: Lab, family: 'inet' | 'inet6') => {
  const { web } = virtual[family]
  const seenBy = async (from: Place): Promise<readonly string[]> =>
    peers(await lab.connect(from, web, 80, { count: 4 }))
  t.deepEqual(await seenBy('x'), [addresses.x[family]])
  // Itself, it meets by the bridge.
  const own = lab.pods[0]![family]
  t.deepEqual(await seenBy('p1'), [addresses.bridge[family], own].sort())
}

const checkRefusals = async (t: ExecutionContext, lab: Lab, family: 'inet' | 'inet6') => {
  const { refused, silent } = virtual[family]
  for (const from of everyone) {
    const results = await lab.connect(from, refused, 80, { count: 30 })
    t.deepEqual(counts(results), { ECONNREFUSED: 30 }, from)
    const options = { timeout: 300, count: 2, parallel: 2 }
    t.deepEqual(outcomes(await lab.connect(from, silent, 80, options)), ['timeout', 'timeout'])
    // The kernel sends such refusals rarely: one of the two may be missing.
    const udp = await lab.connect(from, refused, 80, { protocol: 'udp', timeout: 1000, count: 2 })
    t.true(outcomes(udp).includes(from === 'node' ? 'EPERM' : 'ECONNREFUSED'), `${from} udp`)
  }
}

for (const backend of backends)
  test.serial(`${backend}: a service by hand serves, refuses and is silent`, async (t) => {
    const began = performance.now()
    const lab = createLab(t, { backend, hairpin: true })
    await lab.apply()
    t.log(`up after ${(performance.now() - began).toFixed(0)} ms`)
    for (const family of families) {
      writeService(lab, family)
      await checkTurns(t, lab, family)
      await checkPeers(t, lab, family)
      await checkRefusals(t, lab, family)
    }
    t.regex(save(lab), /^-A WEB-udp .* 10\.244\.0\.14:8080$/m)
    const other = { ...lab, backend: backend === 'nft' ? 'legacy' : 'nft' } as const
    t.notRegex(save(other), /WEB/)
  })

for (const backend of backends)
  test.serial(`${backend}: flows stay where they are, and are followed`, async (t) => {
    const lab = createLab(t, { backend, family: 'inet', pods: 2 })
    await lab.apply()
    writeService(lab, 'inet')
    const flows = await Promise.all(
      (['tcp', 'udp'] as const).map((protocol) =>
        lab.open('x', virtual.inet.web, 80, { protocol, sourcePort: 40_000 }),
      ),
    )
    t.deepEqual(outcomes(flows.map(({ first }) => first)), ['p1', 'p1'])
    // The rules of POSTROUTING stay: with the last one that needs them, connections are not followed.
    iptables(lab, '-t nat -F PREROUTING')
    for (const flow of flows) t.like(await flow.probe(), { server: 'p1', peerPort: 40_000 })
    const followed = conntrackOf(lab).filter(({ original }) => original.sourcePort === 40_000)
    t.deepEqual(followed.map(({ protocol }) => protocol).sort(), ['tcp', 'udp'])
    for (const { original, reply } of followed) {
      t.like(original, { source: '192.168.77.2', destination: '10.96.0.1', port: 80 })
      t.like(reply, { source: '10.244.0.11', sourcePort: 8080, port: 40_000 })
    }
    iptables(lab, '-P FORWARD DROP')
    for (const flow of flows) t.is((await flow.probe(200)).error, 'timeout')
    for (const flow of flows) await flow.close()
  })

test.serial('a port may be used again at once', async (t) => {
  const lab = createLab(t, { family: 'inet', pods: 1 })
  await lab.apply()
  for (const protocol of ['tcp', 'udp'] as const) {
    const options = { protocol, count: 5, sourcePort: 40_000 }
    const results = await lab.connect('x', '10.244.0.11', 8080, options)
    t.deepEqual(outcomes(results), ['p1', 'p1', 'p1', 'p1', 'p1'])
    t.true(results.every((one) => one.error === undefined && one.peerPort === 40_000))
  }
})

test.serial('without a default route, and with a policy of DROP', async (t) => {
  const lab = createLab(t, { pods: 1, defaultRoute: false, forward: 'DROP' })
  await lab.apply()
  for (const family of families) {
    const pod = lab.pods[0]![family]
    const far = virtual[family].web
    t.deepEqual(outcomes(await lab.connect('node', far, 80)), ['ENETUNREACH'])
    t.deepEqual(outcomes(await lab.connect('x', pod, 8080, { timeout: 200 })), ['timeout'])
    t.deepEqual(outcomes(await lab.connect('node', pod, 8080)), ['p1'])
    t.deepEqual(outcomes(await lab.connect('node', pod, 8081)), ['ECONNREFUSED'])
  }
})

test.serial('two nodes reach the pods of each other, and both the client', async (t) => {
  const lab = createLab(t, { pods: 1, second: true, ports: [8080, 53] })
  await Promise.all([lab.apply(), lab.second!.apply()])
  await lab.serve('x', [{ protocol: 'tcp', port: 9000 }], 'outside')
  for (const family of families) {
    const [p1, q1] = [lab.pods[0]![family], lab.second!.pods[0]![family]]
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const from of ['x', 'node', 'p1', 'node2', 'q1'] as const) {
        t.deepEqual(outcomes(await lab.connect(from, p1, 8080, { protocol })), ['p1'], from)
        t.deepEqual(outcomes(await lab.connect(from, q1, 53, { protocol })), ['q1'], from)
      }
    }
    const [seen] = await lab.connect('q1', addresses.x[family], 9000)
    t.like(seen, { server: 'outside', peer: q1, port: 9000 })
  }
})

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`)

test.serial('what is destroyed may be applied again', async (t) => {
  const lab = createLab(t, { pods: 2 })
  const before = snapshot(lab.node.name)
  for (let round = 0; round < 2; round++) {
    await lab.apply()
    // Who serves already goes on.
    await lab.apply()
    t.deepEqual((await lab.node.plan(lab.yaml(), lab.options)).changes, [])
    for (const { name, inet, inet6 } of lab.pods)
      for (const address of [inet, inet6])
        t.deepEqual(outcomes(await lab.connect('x', address, 8080, { protocol: 'udp' })), [name])
    await lab.destroy()
    t.deepEqual(snapshot(lab.node.name), before)
  }
})

test.serial('nothing is left of a lab', async (t) => {
  const endings: (() => unknown)[] = []
  const teardown = (end: () => unknown): void => void endings.unshift(end)
  const lab = createLab({ teardown }, { pods: 2, second: true })
  const prefixes = [lab.node.name, lab.second!.node.name]
  await Promise.all([lab.apply(), lab.second!.apply()])
  await lab.connect('x', '10.244.0.11', 8080)
  const flow = await lab.open('node2', '10.244.0.11', 8080)
  t.is(flow.first.server, 'p1')
  const pids = lab.pids()
  t.is(pids.filter(isRunning).length, 6)
  for (const end of endings) await end()
  t.deepEqual(pids.filter(isRunning), [])
  t.deepEqual(prefixes.flatMap(namespacesOf), [])
  await t.throwsAsync(flow.probe())
})

test('a period is that of the whole', (t) => {
  const of = (order: string): number | undefined =>
    periodOf(order.split('').map((server) => ({ server, port: 1, peer: '', peerPort: 1, ms: 1 })))
  t.deepEqual(['abab', 'abcabca', 'abba', 'aaa', 'ab', ''].map(of), [
    2,
    3,
    undefined,
    1,
    undefined,
    undefined,
  ])
})
