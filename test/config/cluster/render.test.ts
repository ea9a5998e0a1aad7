import test from 'ava'
import fc from 'fast-check'
import { loadConfig, type ConfigSource } from '../../../src/config/load.ts'
import { renderYaml } from '../../../src/config/render.ts'
import { expand } from '../../../src/expand/index.ts'
import { allWays, fleetFile, fleets, membersOf, type FleetShape } from '../../fleet/fleets.ts'

const load = async (text: string, given: string): Promise<ConfigSource> => {
  const machine = { given, hostname: 'nobody', addresses: () => Promise.resolve([]) }
  const result = await loadConfig({
    files: ['-'],
    readStdin: () => Promise.resolve(text),
    machine,
  })
  if (result.ok) return result.source
  throw new Error(`${result.diagnostics.map(({ message }) => message).join('\n')}\n${text}`)
}

/** All that a file asks for, a line each, but for where in the file it stands. */
const expansionOf = ({ config, locate }: ConfigSource, node: string): readonly string[] => {
  const { resources, probes, owner, limits } = expand(config, locate, node)
  return [...resources, ...probes, owner, limits].map((value) =>
    JSON.stringify(value, (key, inner: unknown) =>
      key === 'source' || key === 'mtuSource' ? undefined : inner,
    ),
  )
}

/** What one list has and the other does not. */
const differences = (some: readonly string[], others: readonly string[]): readonly string[] => [
  ...some.filter((line) => !others.includes(line)).map((line) => `- ${line}`),
  ...others.filter((line) => !some.includes(line)).map((line) => `+ ${line}`),
]

/** More of them: FLEETS=500. */
const runs = Number(process.env['FLEETS'] ?? 10)

type Sections = Readonly<Record<string, unknown>>

/** A fleet with everything beside it that may stand in its file. */
interface Rich {
  readonly shape: FleetShape
  readonly services: number
  readonly overlays: boolean
  readonly variables: boolean
  readonly extras: boolean
}

const riches: fc.Arbitrary<Rich> = fc.record({
  shape: fleets(6, allWays),
  services: fc.integer({ min: 0, max: 2 }),
  overlays: fc.boolean(),
  variables: fc.boolean(),
  extras: fc.boolean(),
})

// Names that YAML takes for something else, unless they are quoted.
const oddNames = ['1e3', 'null', 'yes', '0x10', '1.5', 'true.x']

const servicesOf = (count: number, pods: readonly string[]): Sections =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `shop-${String(index)}`,
      {
        clusterIPs: 'auto',
        ports: [{ port: 80, nodePort: 'auto', targetPort: 8080 }],
        endpoints: [...pods.map((pod) => ({ pod })), { address: '10.9.0.9', ready: false }],
      },
    ]),
  )

const overlayOf = (index: number): Sections => ({
  interfaces: { [`up${String(index)}`]: { mtu: 1400 } },
  sysctls: { 'net.ipv4.ip_local_port_range': `${String(1024 + index)} 60999` },
  forwarding: [{ source: '10.9.0.0/16', action: 'drop', comment: `# "${String(index)}" \${x} $` }],
  bridges: { dummy0: { stp: index % 2 === 0 } },
})

const fileOf = ({ shape, services, overlays, variables, extras }: Rich): Sections => {
  const { cluster, pods } = fleetFile(shape, 'f')
  const given =
    shape.pods === 'inet' || shape.pods === 'both'
      ? membersOf(shape, 'f').flatMap((member) => member.pods.filter(({ addresses }) => addresses))
      : []
  const nodes = Object.fromEntries(
    Object.entries(cluster['nodes'] as Record<string, Sections>).map(([name, node], index) => [
      name,
      overlays ? { ...node, overlay: escaped(overlayOf(index)) } : node,
    ]),
  )
  return {
    ...(variables
      ? {
          vars: { way: cluster['podCIDR'] === '10.244.0.0/16' ? '10.244.0.0/16' : 'x', port: 9090 },
        }
      : {}),
    cluster: {
      ...cluster,
      ...(variables && cluster['podCIDR'] === '10.244.0.0/16' ? { podCIDR: '${way}' } : {}),
      serviceCIDR: '10.96.0.0/16',
      nodes,
    },
    pods: { ...pods, ...(extras ? Object.fromEntries(oddNames.map((name) => [name, {}])) : {}) },
    services: servicesOf(
      services,
      given.map(({ name }) => name),
    ),
    ...(extras ? { bridges: { [shape.named ? 'pods' : 'cni0']: { stp: true } } } : {}),
    ...(variables ? { checks: [{ tcp: '10.244.0.1:${port}', name: 'costs $${port}' }] } : {}),
  }
}

/** What is meant as it is, of variables. */
const escaped = (value: Sections): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('${', () => '$${'))

test('what render prints of a node asks for the same as the fleet does', async (t) => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(riches, async (rich) => {
      const text = JSON.stringify(fileOf(rich))
      for (const { name } of membersOf(rich.shape, 'f')) {
        const source = await load(text, name)
        const rendered = renderYaml(source.root)
        const [asked, again] = [
          expansionOf(source, name),
          expansionOf(await load(rendered, ''), name),
        ]
        t.deepEqual(differences(asked, again), [])
        t.deepEqual(again, asked)
        compared += 1
      }
    }),
    { numRuns: runs, includeErrorInReport: true },
  )
  t.true(compared >= 2 * runs)
})

const shuffled = (map: unknown, order: readonly number[]): Sections => {
  const entries = Object.entries(map as Sections)
  const ranked = entries.map((entry, index) => ({ entry, rank: order[index % order.length] ?? 0 }))
  return Object.fromEntries(ranked.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry))
}

test('the order of nodes and pods in the file changes nothing', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      riches,
      fc.array(fc.nat(100), { minLength: 8, maxLength: 8 }),
      async (rich, order) => {
        const file = fileOf(rich)
        const cluster = file['cluster'] as Sections
        const { from } = rich.shape
        const other = {
          ...file,
          cluster:
            from === 'position'
              ? cluster
              : { ...cluster, nodes: shuffled(cluster['nodes'], order) },
          pods: shuffled(file['pods'], order),
        }
        for (const { name } of membersOf(rich.shape, 'f')) {
          const [one, two] = [file, other].map((each) => JSON.stringify(each))
          const before = expansionOf(await load(one ?? '', name), name)
          const after = expansionOf(await load(two ?? '', name), name)
          t.deepEqual(differences(before, after), [])
          t.is(after.length, before.length)
        }
      },
    ),
    { numRuns: runs, includeErrorInReport: true },
  )
})
