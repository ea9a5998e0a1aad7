import test from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatDiagnostics } from '../../src/config/frame.ts'
import { loadConfig, type LoadResult } from '../../src/config/load.ts'

// No text makes loadConfig throw or hang. FUZZ_SEED repeats a run, FUZZ_RUNS lengthens it.
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1e9)
const runs = Number(process.env['FUZZ_RUNS'] ?? 3000)
const MAX_MILLISECONDS = 2000
const MAX_BYTES = 300e6

const SEEDS = [
  `version: 1
vars: { uplink: eth0, vni: 10 }
namespaces:
  pod1: {}
interfaces:
  eth0: { addresses: [172.18.0.2/24] }
bridges:
  br0: &bridge
    addresses:
      - 10.0.1.1/16
      - "fd00:1::1/64"
    mtu: 1450
  br1: { <<: *bridge, addresses: [], mac: 02:00:00:00:00:01 }
veths:
  veth0:
    bridge: br0
    peer:
      name: ceth0
      namespace: pod1
      routes: [{ to: default, via: 10.0.1.1 }]
vxlans:
  vxlan10:
    id: \${vni}
    device: \${uplink}
    remotes: [172.18.0.3]
    fdb: [{ mac: 02:00:00:00:02:01, remote: 172.18.0.3 }]
routes:
  - { to: 10.50.0.0/16, nexthops: [{ via: 10.0.1.7 }, { via: 10.0.1.8, weight: 2 }] }
rules:
  - priority: 1000
    from: 10.1.0.0/16
    table: 100
sysctls: { net.ipv4.ip_forward: 1 }
`,
  `forwarding: [{ source: 10.244.0.0/16, protocol: tcp, ports: 1000-2000 }]
masquerade: [{ source: 10.244.0.0/16, exceptDestination: 10.0.0.0/8, outInterface: auto }]
serviceProxy: { serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.244.0.0/16] }
services:
  web:
    clusterIPs: [10.96.0.10, "fd00:96::10"]
    ports:
      - { name: http, port: 80, targetPort: 8080, nodePort: 30080 }
      - { name: dns, port: 53, protocol: udp }
    endpoints:
      - 10.244.0.2
      - { address: "fd00::2", node: other, ready: false }
    loadBalancerIPs: [192.0.2.1]
    loadBalancerSourceRanges: [192.0.2.0/24]
iptables:
  - { table: nat, chain: POSTROUTING, rule: '-m comment --comment "a b" -o eth0 -j MASQUERADE' }
  - chain: FORWARD
    rule: >-
      -s 10.0.0.0/8
      -j REJECT --reject-with icmp-port-unreachable
    place: after DOCKER-USER
`,
  `? |
  block
: >-
  folded
  text
"quoted \\u0041": 'it''s'
list:
- !!str 1
- - nested
  - &a { b: *a }
--- # second
...
`,
  '{"bridges": {"br0": {"mtu": 1500, "addresses": ["10.0.0.1/24"]}}, "routes": []}\n',
]

/** A small generator of numbers (mulberry32), so that a seed repeats a run. */
const makeRandom = (start: number): ((below: number) => number) => {
  let state = start >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Random = ReturnType<typeof makeRandom>
type Mutation = (text: string, random: Random) => string

const splice = (text: string, at: number, length: number, inserted: string): string =>
  text.slice(0, at) + inserted + text.slice(at + length)

const onLine =
  (change: (line: string, random: Random, lines: readonly string[]) => string): Mutation =>
  (text, random) => {
    const lines = text.split('\n')
    const index = random(lines.length)
    lines[index] = change(lines[index] ?? '', random, lines)
    return lines.join('\n')
  }

const PIECES = [
  ...'[]{}:,-?&*!|>\'"%@`#~$\\/ \t\n\r\0\u001b\u007f\u0085\u2028\ufeff'.split(''),
  ': ',
  '- ',
  '? ',
  '<<: ',
  '<<: *bridge',
  '&a ',
  '*a',
  '*bridge',
  '!!binary ',
  '!x ',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '${',
  '${vni}',
  '$${',
  '${env.HOME}',
  '99999999999999999999',
  '-1',
  '1e999',
  '0x',
  '.nan',
  '.inf',
  '0755',
  'null',
  'true',
  '__proto__',
  'constructor',
  'é',
  '😀',
  '\ud83d',
  'a'.repeat(2000),
  '['.repeat(500),
  '- '.repeat(500),
  '10.0.0.1/24',
  '::/0',
]

const MUTATIONS: readonly Mutation[] = [
  (text, random) => splice(text, random(text.length + 1), 1, String.fromCharCode(random(256))),
  (text, random) => splice(text, random(text.length + 1), 0, PIECES[random(PIECES.length)] ?? ''),
  (text, random) => splice(text, random(text.length + 1), random(20), ''),
  (text, random) =>
    splice(
      text,
      random(text.length + 1),
      0,
      text.slice(random(text.length + 1)).slice(0, random(200)),
    ),
  onLine(() => ''),
  onLine((line) => `${line}\n${line}`),
  onLine((line, random) => ' '.repeat(random(12)) + line.trimStart()),
  onLine((line) => `\t${line}`),
  onLine((line, random, lines) => lines[random(lines.length)] ?? line),
  onLine((line, random, lines) =>
    line.replace(/\w+(?=:)/, /\w+(?=:)/.exec(lines[random(lines.length)] ?? '')?.[0] ?? 'x'),
  ),
  onLine((line, random) => line.replace(/: .*/, `: ${PIECES[random(PIECES.length)] ?? ''}`)),
  onLine((line, random) => line.replace(/\d+/, String(2 ** random(70)))),
]

const mutate = (text: string, random: Random): string => {
  let mutated = text
  for (let count = 1 + random(5); count > 0; count -= 1) {
    mutated = MUTATIONS[random(MUTATIONS.length)]?.(mutated, random) ?? mutated
  }
  return mutated
}

const readExamples = (): readonly string[] => {
  const root = join(process.cwd(), 'examples')
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(root, name), 'utf8'))
}

const loadText = async (text: string | Uint8Array): Promise<LoadResult> => {
  const result = await loadConfig({
    files: ['-'],
    readStdin: () => Promise.resolve(text),
    env: { HOME: '/root' },
  })
  // What is found is drawn too: positions may be anywhere.
  if (!result.ok) formatDiagnostics(result.diagnostics, result.text)
  return result
}

const load = async (
  text: string | Uint8Array,
): Promise<{ readonly result: LoadResult; readonly milliseconds: number }> => {
  const start = performance.now()
  const result = await loadText(text)
  return { result, milliseconds: performance.now() - start }
}

test.serial(`${runs} mutations, seed ${seed}`, async (t) => {
  const random = makeRandom(seed)
  const texts = [...SEEDS, ...readExamples()]
  let valid = 0
  for (let run = 0; run < runs; run += 1) {
    const text = mutate(texts[random(texts.length)] ?? '', random)
    try {
      const { result, milliseconds } = await load(
        random(20) === 0 ? Buffer.from(text, 'latin1') : text,
      )
      valid += Number(result.ok)
      if (milliseconds > MAX_MILLISECONDS)
        t.fail(`seed ${seed}, run ${run}: ${milliseconds} ms\n${text}`)
    } catch (error) {
      t.fail(`seed ${seed}, run ${run}: ${(error as Error).stack}\n${text}`)
      return
    }
  }
  // Some survive, or the mutations would try nothing but the parser.
  t.true(valid > runs / 100, `${valid} of ${runs} valid`)
  t.true(process.memoryUsage.rss() < MAX_BYTES)
})
