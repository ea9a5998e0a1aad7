// What each program makes of its words: which are its own, and which it takes as they come. A word of a
// person may stand only where the program takes any, or has the form of what stands there.

type Take = (word: string) => boolean

/** A word of the program, and what it takes behind itself. */
type Words = Readonly<Record<string, readonly Take[]>>

/** Words, with those that open another set of words for what follows, and what may stand by itself. */
interface Grammar {
  readonly words: Words
  readonly positional?: Take
  readonly then?: Readonly<Record<string, Grammar>>
}

const like =
  (form: RegExp): Take =>
  (word) =>
    form.test(word)

const number = like(/^[0-9]+$/)
const mac = like(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
const address = like(/^([0-9]+(\.[0-9]+){3}|[0-9a-f]*:[0-9a-f:.]*)$/)
const prefix = like(/^([0-9]+(\.[0-9]+){3}|[0-9a-f]*:[0-9a-f:.]*)\/[0-9]+$/)
const range = like(/^[0-9]+(-[0-9]+)?$/)
const one =
  (...all: readonly string[]): Take =>
  (word) =>
    all.includes(word)
const both =
  (a: Take, b: Take): Take =>
  (word) =>
    a(word) || b(word)

const bytes = (word: string): number => Buffer.byteLength(word)

/** check_ifname() of iproute2 and dev_valid_name() of the kernel; and what ll_idx_a2n() takes for an index. */
const device: Take = (word) =>
  bytes(word) > 0 &&
  bytes(word) <= 15 &&
  !/[/:%\0\s]/.test(word) &&
  !Buffer.from(word).includes(0xa0) &&
  word !== '.' &&
  word !== '..' &&
  !/^if[-+]?[0-9]/.test(word)

const namespace: Take = (word) => bytes(word) <= 255 && !/[/\0\s]|^\.{0,2}$/.test(word)

const file: Take = (word) => word.startsWith('/') && !/[\0\n]/.test(word)

const timers = ['forward_delay', 'hello_time', 'max_age', 'ageing_time', 'priority', 'stp_state']
const switches = ['vlan_filtering', 'mcast_snooping']
const port = ['hairpin', 'isolated', 'learning', 'cost', 'priority']

const all = (names: readonly string[], take: Take): Words =>
  Object.fromEntries(names.map((name) => [name, [take]]))

const link: Words = { name: [device], group: [number], mtu: [number], address: [mac] }

const types: Readonly<Record<string, Grammar>> = {
  bridge: { words: all([...timers, ...switches], number) },
  bridge_slave: { words: all(port, both(one('on', 'off'), number)) },
  veth: { words: { ...link, peer: [], netns: [both(namespace, file)] } },
  vxlan: {
    words: {
      ...all(['id', 'dstport', 'ttl', 'ageing'], number),
      ...all(['local', 'group'], address),
      dev: [device],
      tos: [like(/^0x[0-9a-f]+$/)],
      ...{ learning: [], nolearning: [], udpcsum: [], noudpcsum: [] },
    },
  },
}

const typed: Readonly<Record<string, Grammar>> = {
  type: { words: all(Object.keys(types), () => false), then: types },
}

const kinds: Words = { blackhole: [], unreachable: [], prohibit: [], local: [], unicast: [] }

const route: Grammar = {
  words: {
    ...kinds,
    ...{ dev: [device], via: [], inet6: [], onlink: [], nexthop: [], src: [address] },
    ...all(['table', 'metric', 'proto', 'mtu', 'advmss', 'weight'], number),
  },
  positional: both(prefix, address),
}

const rule: Grammar = {
  words: {
    ...{ not: [], from: [both(prefix, one('all'))], to: [prefix], iif: [device], oif: [device] },
    fwmark: [like(/^0x[0-9a-f]{1,8}(\/0x[0-9a-f]{1,8})?$/)],
    ipproto: [one('tcp', 'udp', 'sctp', 'icmp', 'ipv6-icmp')],
    ...all(['sport', 'dport'], range),
    ...all(['priority', 'table', 'suppress_prefixlength', 'protocol'], number),
    ...{ blackhole: [], unreachable: [], prohibit: [] },
  },
}

const neighbour: Grammar = {
  words: {
    ...{ proxy: [address], lladdr: [mac], dev: [device], nud: [one('permanent')] },
    protocol: [number],
  },
  positional: address,
}

const set: Grammar = {
  words: {
    ...link,
    ...{ dev: [device], master: [device], nomaster: [], up: [], down: [] },
  },
  then: typed,
}

/** By the words that come first, which are never of a person. */
const programs: Readonly<Record<string, Grammar>> = {
  'ip link add': { words: link, then: typed },
  'ip link set': set,
  'ip link delete': { words: { dev: [device] } },
  'ip address replace': { words: { dev: [device], nodad: [] }, positional: prefix },
  'ip address delete': { words: { dev: [device] }, positional: prefix },
  ...Object.fromEntries(['add', 'replace', 'delete'].map((verb) => [`ip route ${verb}`, route])),
  ...Object.fromEntries(['add', 'delete'].map((verb) => [`ip rule ${verb}`, rule])),
  ...Object.fromEntries(['add', 'delete'].map((verb) => [`ip -6 rule ${verb}`, rule])),
  ...Object.fromEntries(['replace', 'delete'].map((verb) => [`ip neighbour ${verb}`, neighbour])),
  // The name stands by itself, where `ip netns` looks for nothing else.
  'ip netns add': { words: {}, positional: namespace },
  'ip netns delete': { words: {}, positional: namespace },
  ...Object.fromEntries(
    ['append', 'replace', 'delete'].map((verb) => [
      `bridge fdb ${verb}`,
      {
        words: {
          ...{ dev: [device], dst: [address], port: [number], vni: [number], via: [device] },
          ...{ master: [], self: [], static: [], permanent: [] },
        },
        positional: mac,
      },
    ]),
  ),
  'conntrack -D -f': {
    words: {
      ...{ ipv4: [], ipv6: [], '-p': [one('udp')] },
      ...{ '--orig-dst': [address], '--reply-src': [address] },
      ...{ '--orig-port-dst': [number], '--reply-port-src': [number] },
    },
  },
  'sysctl -qw': {
    words: {},
    // As sysctl(8) splits it; what is behind is the value, whatever it is.
    positional: like(/^net\/[^=\s\0]+=[\t -~]*$/),
  },
  'rm --': { words: {}, positional: like(/^\/run\/netns\/[^/\0]+$/) },
}

const read = (grammar: Grammar, words: readonly string[]): string | undefined => {
  const [word, ...rest] = words
  if (word === undefined) return undefined
  const takes = Object.hasOwn(grammar.words, word) ? grammar.words[word] : undefined
  const next = grammar.then && Object.hasOwn(grammar.then, word) ? grammar.then[word] : undefined
  if (next) return read(next, rest)
  if (!takes)
    return grammar.positional?.(word) === true ? read(grammar, rest) : `${word}: not expected here`
  const wrong = takes.findIndex((take, index) => !take(rest[index] ?? '\0'))
  if (wrong >= 0) return `${rest[wrong] ?? 'nothing'}: not what ${word} takes`
  return read(grammar, rest.slice(takes.length))
}

/** What a program would take for something else than it is; undefined: nothing. */
export const findMisread = (argv: readonly string[]): string | undefined => {
  const broken = argv.find(
    (word) => word === '' || word.includes('\0') || /\p{Surrogate}/u.test(word),
  )
  if (broken !== undefined)
    return `${JSON.stringify(broken)}: no word that can be given to a program`
  const begin = Object.keys(programs).find((start) =>
    start.split(' ').every((word, index) => argv[index] === word),
  )
  const grammar = programs[begin ?? '']
  if (begin === undefined || !grammar) return `an unknown command: ${argv.slice(0, 3).join(' ')}`
  return read(grammar, argv.slice(begin.split(' ').length))
}
