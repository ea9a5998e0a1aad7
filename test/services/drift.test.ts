import test from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import { sh } from '../node/harness.ts'
import { changesOf } from '../node/story.ts'
import { countedRules, iptables, save } from './firewall.ts'
import type { Lab } from './lab.ts'
import { counts } from './results.ts'
import { backends, endpointsOf, families, labsOf, planned } from './shared.ts'

const labs = labsOf({ pods: 2 })

const services = (lab: Lab): string => `
serviceProxy: { clusterCIDRs: [10.244.0.0/16, 'fd00:244::/48'] }
services:
  web:
    clusterIPs: ['10.96.0.10', 'fd00:96::10']
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }]
    endpoints: ${endpointsOf(lab)}
  other:
    clusterIPs: ['10.96.0.11', 'fd00:96::11']
    ports: [{ port: 80, targetPort: 8080 }]
    loadBalancing: random
    endpoints: ${endpointsOf(lab)}
iptables:
  - { table: mangle, chain: FORWARD, rule: -m comment --comment mine -j ACCEPT }
`

const word = { inet: 'ip', inet6: 'ip6' } as const

/** The chain of a service, by the comment in it. */
const chainOf = (lab: Lab, family: Family, purpose: string, service: string): string =>
  countedRules(lab, family).find(
    ({ chain, rule }) => chain.includes(`-${purpose}-`) && rule.includes(`"${service} `),
  )!.chain

/** A rule of others, which decides. */
const foreign = 'FORWARD -i eth0 -j DROP'

interface Damage {
  readonly title: string
  /** Does it, by a few `iptables` lines. */
  readonly lines: (lab: Lab, family: Family) => readonly string[]
  /** What the plan says of it, each change once; NP stands for the prefix of ours. */
  readonly plan: (lab: Lab, family: Family) => readonly RegExp[]
}

const jumps = (chain: string, family: Family, rest: string): RegExp =>
  new RegExp(`^update jumps to NP\\d+ in ${word[family]} ${chain}: ${rest}$`)

const damages: readonly Damage[] = [
  {
    title: 'a jump is deleted',
    lines: () => ['-t nat -D PREROUTING -j NP-SERVICES'],
    plan: (_, family) => [new RegExp(`^create jumps to NP\\d+ in ${word[family]} nat PREROUTING$`)],
  },
  {
    title: 'one of several jumps is deleted',
    lines: () => ['-D FORWARD -j NP-ACCEPT'],
    plan: (_, family) => [jumps('filter FORWARD', family, 'rules \\[.*REFUSE"\\] -> .*ACCEPT.*')],
  },
  {
    title: 'a jump is below a DROP',
    lines: () => [`-I ${foreign}`],
    plan: (_, family) => [jumps('filter FORWARD', family, 'behind "-i eth0 -j DROP" -> null')],
  },
  {
    title: 'a jump is there three times',
    lines: () => Array.from({ length: 2 }, () => '-t nat -A OUTPUT -j NP-SERVICES'),
    plan: (_, family) => {
      const jump = '"-j NP\\d+-SERVICES"'
      return [jumps('nat OUTPUT', family, `rules \\[${jump},${jump},${jump}\\] -> \\[${jump}\\]`)]
    },
  },
  {
    title: 'a chain is flushed',
    lines: (lab, family) => [`-t nat -F ${chainOf(lab, family, 'SVC', 'web')}`],
    plan: (_, family) => [
      new RegExp(`^update chain ${word[family]} nat NP\\d+-SVC-\\S+: .*rules \\[\\] -> \\[.+\\]$`),
    ],
  },
  {
    title: 'a rule of ours is edited',
    lines: (lab, family) => [
      `-t nat -R ${chainOf(lab, family, 'SVC', 'other')} 2 -p tcp -m statistic --mode random ` +
        `--probability 0.25 -j DNAT --to-destination ${family === 'inet' ? '10.244.0.99:1' : '[fd00::99]:1'}`,
    ],
    plan: (_, family) => [
      new RegExp(
        `^update chain ${word[family]} nat NP\\d+-SVC-\\S+: ` +
          '.*probability 0\\.25000000000 .*99\\]?:1.* -> .*probability 0\\.50000000000 .*11\\]?:8080.*$',
      ),
    ],
  },
  {
    title: 'a chain of ours is added',
    lines: () => ['-t nat -N NP-MINE', '-t nat -A NP-MINE -j ACCEPT'],
    plan: (_, family) => [new RegExp(`^delete chain ${word[family]} nat NP\\d+-MINE$`)],
  },
]

/** The prefix of ours. */
const prefixOf = (lab: Lab): string => /NP\d+-/.exec(save(lab))![0]

const ours = /^NP\d+-/
const changing = /-SVC-|-MINE/

type Counters = ReadonlyMap<string, number>

/** What the rules of both families have counted, but those of chains that are to change. */
const countersOf = (lab: Lab): Counters =>
  new Map(
    families.flatMap((family) =>
      countedRules(lab, family)
        .filter(({ chain }) => ours.test(chain) && !changing.test(chain))
        .map(({ table, chain, rule, packets }) => [
          [family, table, chain, rule].join(' '),
          packets,
        ]),
    ),
  )

const resetSince = (before: Counters, after: Counters): readonly string[] =>
  [...before].filter(([rule, count]) => (after.get(rule) ?? -1) < count).map(([rule]) => rule)

for (const backend of backends)
  test.serial(`33 34 ${backend}: what is damaged is found, alone, and mended, alone`, async (t) => {
    const lab = labs[backend]
    await lab.apply(services(lab))
    const whole = { inet: save(lab), inet6: save(lab, 'inet6') }
    const prefix = prefixOf(lab)
    for (const address of ['10.96.0.10', 'fd00:96::10'])
      t.deepEqual(counts(await lab.connect('x', address, 80, { count: 4 })), { p1: 2, p2: 2 })
    for (const { title, lines, plan } of damages) {
      const expected = families.flatMap((family) => plan(lab, family))
      for (const family of families) {
        for (const line of lines(lab, family)) iptables(lab, line.replace('NP-', prefix), family)
        t.not(save(lab, family), whole[family], title)
      }
      const found = await planned(lab, services(lab))
      t.is(found.length, expected.length, `${title}: ${found.join('\n')}`)
      for (const [index, change] of expected.entries()) t.regex(found[index]!, change, title)
      const before = countersOf(lab)
      await lab.apply(services(lab))
      t.deepEqual(await planned(lab, services(lab)), [], title)
      // Counters go on: nothing else was loaded.
      t.deepEqual(resetSince(before, countersOf(lab)), [], title)
      for (const family of families) {
        if (save(lab, family).includes(foreign)) iptables(lab, `-D ${foreign}`, family)
        t.is(save(lab, family), whole[family], title)
      }
    }
    t.deepEqual(counts(await lab.connect('x', '10.96.0.10', 80, { count: 4 })), { p1: 2, p2: 2 })
  })

/** What ours there is, as changes that make it. */
const allOf = (lab: Lab, family: Family, tables: readonly string[]): string[] => {
  let table = ''
  const found = save(lab, family)
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('*')) table = line.slice(1)
      if (!tables.includes(table)) return []
      const [, chain] = /^:(NP\d+-\S+) /.exec(line) ?? []
      if (chain !== undefined) return [`create chain ${word[family]} ${table} ${chain}`]
      const [, builtIn, mark] = /^-A ([A-Z]+) .*-j (NP\d+)-/.exec(line) ?? []
      return builtIn === undefined
        ? []
        : [`create jumps to ${mark!} in ${word[family]} ${table} ${builtIn}`]
    })
  return [...new Set(found)].sort()
}

const everyTable = ['mangle', 'filter', 'nat']

// nft(8) is not everywhere: a batch with NFT_MSG_DELTABLE of no table, which is all of them.
const flushRuleset = `
sub message { my ($type, $flags, $id) = @_; pack('LSSLLCCn', 20, $type, $flags, 1, 0, 0, 0, $id) }
socket(my $kernel, 16, 3, 12) or die $!;
my $batch = message(16, 1, 10) . message(2562, 5, 0) . message(17, 1, 10);
send($kernel, $batch, 0, pack('SSLL', 16, 0, 0, 0)) or die $!;
recv($kernel, my $answer, 8192, 0);
my (undef, $type, undef, undef, undef, $error) = unpack('LSSLLl', $answer);
die "refused: $type $error" if $type != 2 || $error;
`

for (const backend of backends)
  test.serial(
    `33 ${backend}: tables that were flushed are filled again, by one apply`,
    async (t) => {
      const lab = labs[backend]
      await lab.apply(services(lab))
      const whole = { inet: save(lab), inet6: save(lab, 'inet6') }
      const check = async (about: string, expected: readonly string[]): Promise<void> => {
        t.deepEqual((await planned(lab, services(lab))).sort(), expected, about)
        const { plan } = await lab.apply(services(lab))
        t.deepEqual(changesOf(plan).sort(), expected, about)
        t.deepEqual(await planned(lab, services(lab)), [], about)
        for (const family of families) t.is(save(lab, family), whole[family], about)
      }
      for (const family of families) {
        const expected = allOf(lab, family, ['nat'])
        t.true(expected.length > 5)
        iptables(lab, '-t nat -F', family)
        iptables(lab, '-t nat -X', family)
        await check(`iptables -t nat -F, -X, ${family}`, expected)
      }
      const everything = families.flatMap((family) => allOf(lab, family, everyTable)).sort()
      for (const family of families)
        for (const table of everyTable)
          for (const flag of ['-F', '-X']) iptables(lab, `-t ${table} ${flag}`, family)
      await check('all of them', everything)
      if (backend === 'nft') {
        sh(['nsenter', `--net=/run/netns/${lab.node.name}`, 'perl', '-e', flushRuleset])
        t.is(save(lab), '')
        await check('nft flush ruleset', everything)
      }
      t.deepEqual(counts(await lab.connect('x', '10.96.0.10', 80, { count: 4 })), { p1: 2, p2: 2 })
    },
  )
