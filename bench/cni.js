// node bench/cni.js: what ADD and DEL cost, by netplan-cni and by the reference plugins in a chain. See README.md.
import { existsSync, mkdirSync, writeFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeMachine, inside, measure, peer, run } from './machine.js'
import { count, readOptions, text } from './options.js'
import { findCni } from './peers.js'
import { inSandbox, SCRATCH } from './sandbox.js'
import { alternate, median } from './statistics.js'
import { round, toColumns } from './table.js'

const AT_ONCE = 16
const OWN_PLUGIN = fileURLToPath(new URL('../bin/netplan-cni', import.meta.url))

const options = readOptions(
  { pods: text('100'), rounds: text('3'), plugin: text(OWN_PLUGIN), json: { type: 'string' } },
  'node bench/cni.js [--pods 100] [--rounds 3] [--plugin FILE] [--json FILE]',
)
const pods = Array.from({ length: count(options.pods) }, (_, index) => `pod${index}`)
const rounds = count(options.rounds)

const bridge = (dataDir) => ({
  ...{ bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true },
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.88.0.0/16' }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir,
  },
})

/** Plugins in their order, by what their programs are called; the one for port mappings has `mapsPorts`. */
const chains = {
  netplan: (dataDir) => {
    const { ipam, ...rest } = bridge(dataDir)
    const own = { ...rest, ipam: { ...ipam, type: 'netplan-cni' } }
    return [{ type: 'netplan-cni', ...own, mapsPorts: true }]
  },
  reference: (dataDir) => [
    { type: 'bridge', ...bridge(dataDir) },
    { type: 'portmap', snat: true, mapsPorts: true },
  ],
}

const mappingOf = (pod) => ({
  portMappings: [{ hostPort: 20_000 + pods.indexOf(pod), containerPort: 80, protocol: 'tcp' }],
})

const configurationOf = ({ mapsPorts, ...plugin }, pod, mapped) => ({
  ...{ cniVersion: '1.0.0', name: 'bench', ...plugin },
  ...(mapped && mapsPorts
    ? { capabilities: { portMappings: true }, runtimeConfig: mappingOf(pod) }
    : {}),
})

/** All that cni-chain.sh reads of a candidate. */
function prepare(folder, plugins, mapped) {
  for (const name of ['bin', 'configurations', 'results'])
    mkdirSync(join(folder, name), { recursive: true })
  symlinkSync(options.plugin, join(folder, 'bin/netplan-cni'))
  const reference = findCni()
  const lines = plugins.map(({ type }) => {
    const from = type === 'netplan-cni' ? join(folder, 'bin') : reference
    return `${join(from, type)} ${type}\n`
  })
  writeFileSync(join(folder, 'ADD'), lines.join(''))
  writeFileSync(join(folder, 'DEL'), lines.toReversed().join(''))
  for (const pod of pods)
    for (const plugin of plugins) {
      const text = JSON.stringify(configurationOf(plugin, pod, mapped))
      const file = join(folder, 'configurations', `${pod}.${plugin.type}`)
      writeFileSync(file, `${text.slice(0, -1)}\n`)
    }
}

const chain = (command, folder, more = []) => peer('cni-chain.sh', command, folder, ...more)

/** Argument vector and standard input by which a command is carried out for all pods. */
const ways = {
  'in a row': (command, folder) => [chain(command, folder, pods), ''],
  [`${AT_ONCE} at a time`]: (command, folder) => [
    ['xargs', '-P', String(AT_ONCE), '-n', '1', ...chain(command, folder)],
    pods.join('\n'),
  ],
}

/** ADD and DEL of all pods, on a node of the candidate's own, which is warm from the second sample on. */
const candidate = (name, mapped, way) => {
  const node = `${name}-${mapped ? 'mapped' : 'plain'}`
  const folder = join(SCRATCH, node)
  if (!existsSync(folder)) {
    run(['ip', 'netns', 'add', node])
    run(['ip', '-n', node, 'link', 'set', 'lo', 'up'])
    prepare(folder, chains[name](join(folder, 'networks')), mapped)
  }
  const cost = (command) => {
    const [argv, input] = way(command, folder)
    const { cpuUs, wallMs } = measure(inside(node, argv), input)
    return { cpu: cpuUs / 1000 / pods.length, wall: wallMs / pods.length }
  }
  return () => ({ ADD: cost('ADD'), DEL: cost('DEL') })
}

const METRICS = ['wall', 'cpu']

function rowsOf(title, samples) {
  return ['ADD', 'DEL'].flatMap((command) =>
    METRICS.map((metric) => {
      const [own, theirs] = Object.values(samples).map((all) =>
        median(all.map((sample) => sample[command][metric])),
      )
      return { title, command, metric, own, theirs }
    }),
  )
}

const cellsOf = ({ title, command, metric, own, theirs }) => [
  ...[title, command, metric],
  ...[round(own), round(theirs), (own / theirs).toPrecision(2)],
]

function print(rows) {
  const head = ['pods', 'command', 'ms each', 'netplan', 'reference', 'ratio']
  for (const line of toColumns([head, ...rows.map(cellsOf)], (column) => column >= 3))
    console.log(line)
}

function bench() {
  if (findCni() === undefined) {
    process.exitCode = 1
    return
  }
  for (const pod of pods) run(['ip', 'netns', 'add', pod])
  const rows = []
  for (const mapped of [false, true])
    for (const [way, argvOf] of Object.entries(ways)) {
      const title = `${pods.length} ${way}${mapped ? ', a port mapped' : ''}`
      console.error(`bench: ${title}`)
      const candidates = Object.keys(chains).map((name) => [name, candidate(name, mapped, argvOf)])
      rows.push(...rowsOf(title, alternate(rounds, Object.fromEntries(candidates))))
    }
  print(rows)
  const document = { machine: describeMachine(), rows }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(document, undefined, 2)}\n`)
}

await inSandbox(bench)
