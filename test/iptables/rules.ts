import fc from 'fast-check'
import type { Family } from '../../src/net/addresses.ts'
import { quote } from '../../src/iptables/tokens.ts'
import { FORMS } from './forms/index.ts'

/** A rule as a person might write it: pieces of the tables and random values, in any order. */
export interface RandomRule {
  readonly family: Family
  readonly table: string
  readonly written: string
}

/** A piece of a rule: options, and the protocol that they need. */
interface Piece {
  readonly text: string
  readonly protocol: string
}

const piece = (text: string): Piece => {
  const protocol = /(?:^| )-p (\S+) ?/.exec(text)
  return {
    protocol: protocol?.[1] ?? '',
    text: protocol ? text.replace(protocol[0], ' ').trim() : text,
  }
}

const piecesOf = (
  family: Family,
  pick: (text: string, table: string) => boolean,
): readonly Piece[] =>
  FORMS.filter((form) => form.loads && form.family === family && form.read.length === 1)
    .filter(({ written, table }) => pick(written, table))
    .map(({ written }) => piece(written))
    .filter(({ text }) => !/(^|[^-])-p /.test(text))

// A hash table is the kernel's by its name, with the settings of the first rule that names it.
const isMatch = (text: string): boolean =>
  /(^| )(-m|--\w+)/.test(text) &&
  !/(^| )(-[jgsdiof]|--to|--jump|--goto|--src|--sou|--dst|--in-|--out-|hashlimit)/.test(text)

const byFamily = <T>(make: (family: Family) => T): Readonly<Record<Family, T>> => ({
  inet: make('inet'),
  inet6: make('inet6'),
})

const MATCHES = byFamily((family) =>
  piecesOf(family, (text, table) => table === 'filter' && isMatch(text)),
)

const TABLES = ['filter', 'nat', 'mangle', 'raw']
const targetsOf = (family: Family, table: string): readonly Piece[] => {
  const own = piecesOf(family, (text, of) => of === table && /(^| )-[jg] /.test(text))
  return own.length > 0 ? own : [piece('-j ACCEPT')]
}

const TARGETS = byFamily((family) =>
  Object.fromEntries(TABLES.map((table) => [table, targetsOf(family, table)])),
)

const port = fc.integer({ min: 0, max: 65_535 })
const ends = fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`)
const ports = fc.oneof(port.map(String), ends)
const not = fc.constantFrom('', '', '! ')
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const number = fc.oneof(
  u32.map(String),
  u32.map((n) => `0x${n.toString(16)}`),
)
const mark = fc.oneof(
  number,
  fc.tuple(number, number).map(([a, b]) => `${a}/${b}`),
)
const comment = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text) && Buffer.byteLength(text) < 200)

/** A name in quotes, which iptables-restore takes everywhere. */
const quoted = (text: string): string => {
  const plain = quote(text)
  return plain.startsWith('"') ? plain : `"${plain}"`
}

const address = (family: Family): fc.Arbitrary<string> =>
  family === 'inet'
    ? fc.ipV4()
    : fc
        .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
          minLength: 8,
          maxLength: 8,
        })
        .map((groups) => groups.map((group) => group.toString(16)).join(':'))

const network = (family: Family): fc.Arbitrary<string> =>
  fc.oneof(
    address(family),
    fc
      .tuple(address(family), fc.integer({ min: 1, max: family === 'inet' ? 32 : 128 }))
      .map(([host, length]) => `${host}/${length}`),
  )

const states = fc.subarray(
  ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'untracked', 'Snat', 'DNAT'],
  { minLength: 1 },
)

/** Matches with random values. */
const randomMatch = (family: Family): fc.Arbitrary<Piece> =>
  fc.oneof(
    fc
      .tuple(
        fc.constantFrom('tcp', 'udp', 'sctp'),
        not,
        fc.constantFrom('--dport', '--sport', '--destination-port'),
        ports,
      )
      .map(([protocol, no, name, value]) => ({ protocol, text: `${no}${name} ${value}` })),
    fc
      .tuple(fc.constantFrom('tcp', 'udp'), not, fc.array(port, { minLength: 1, maxLength: 15 }))
      .map(([protocol, no, list]) => ({
        protocol,
        text: `-m multiport ${no}--dports ${list.join(',')}`,
      })),
    fc
      .tuple(fc.constantFrom('mark', 'connmark'), not, mark)
      .map(([name, no, value]) => piece(`-m ${name} ${no}--mark ${value}`)),
    comment.map((text) => piece(`-m comment --comment ${quoted(text)}`)),
    fc
      .double({ min: 1e-9, max: 1, noNaN: true })
      .map((value) => piece(`-m statistic --mode random --probability ${value}`)),
    fc
      .tuple(fc.integer({ min: 1, max: 9000 }), fc.nat(8999))
      .map(([every, packet]) =>
        piece(`-m statistic --mode nth --packet ${packet % every} --every ${every}`),
      ),
    fc
      .tuple(
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom('/s', '/min', '/hour', ''),
        fc.integer({ min: 1, max: 100 }),
      )
      .map(([count, unit, burst]) =>
        piece(`-m limit --limit-burst ${burst} --limit ${count}${unit}`),
      ),
    fc
      .tuple(not, states)
      .map(([no, list]) => piece(`-m conntrack ${no}--ctstate ${list.join(',')}`)),
    fc
      .tuple(not, network(family), fc.constantFrom('origsrc', 'origdst', 'replsrc', 'repldst'))
      .map(([no, value, name]) => piece(`-m conntrack ${no}--ct${name} ${value}`)),
    fc
      .tuple(address(family), address(family))
      .map(([a, b]) => piece(`-m iprange --src-range ${a}-${b}`)),
  )

const DEVICES = ['eth0', 'eth+', 'br-1.5', 'a23456789012345', '+']

const headerOption = (family: Family): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      fc.option(fc.tuple(not, fc.constantFrom('-s', '--source', '--src'), network(family))),
      fc.option(fc.tuple(not, fc.constantFrom('-d', '--destination', '--dst'), network(family))),
      fc.option(
        fc.tuple(
          fc.constant(''),
          fc.constantFrom('-i', '--in-interface'),
          fc.constantFrom(...DEVICES),
        ),
      ),
      fc.option(
        fc.tuple(
          fc.constant(''),
          fc.constantFrom('-o', '--out-interface'),
          fc.constantFrom(...DEVICES),
        ),
      ),
    )
    .map((options) =>
      options.flatMap((option) => (option ? [`${option[0]}${option[1]} ${option[2]}`] : [])),
    )

const compose = (protocol: string, parts: readonly string[]): string =>
  [...(protocol ? [`-p ${protocol}`] : []), ...parts].join(' ')

const ofFamily = (family: Family, table: string): fc.Arbitrary<RandomRule> =>
  fc
    .tuple(
      headerOption(family),
      fc.array(fc.oneof(fc.constantFrom(...MATCHES[family]), randomMatch(family)), {
        maxLength: 3,
      }),
      fc.option(fc.constantFrom(...(TARGETS[family][table] ?? []))),
      fc.nat(),
    )
    .map(([header, matches, target, seed]) => {
      const all = [...matches, ...(target ? [target] : [])]
      const protocol = all.find((one) => one.protocol !== '')?.protocol ?? ''
      const fitting = matches.filter((one) => one.protocol === '' || one.protocol === protocol)
      const last =
        target && (target.protocol === '' || target.protocol === protocol) ? [target.text] : []
      const parts = [...header, ...fitting.map(({ text }) => text)]
      // The header's options may stand anywhere; matches keep their order, which is part of the rule.
      const at = seed % (fitting.length + 1)
      const mixed = [
        ...parts.slice(header.length, header.length + at),
        ...header,
        ...parts.slice(header.length + at),
      ]
      return { family, table, written: compose(protocol, [...mixed, ...last]) }
    })

export const randomRule: fc.Arbitrary<RandomRule> = fc
  .tuple(fc.constantFrom<Family>('inet', 'inet6'), fc.constantFrom(...TABLES))
  .chain(([family, table]) => ofFamily(family, table))
