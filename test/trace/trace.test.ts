import test from 'ava'
import { describe } from './describe.ts'
import { isDropped, load, LOCAL, TCP, UDP, UDP6, world } from './hand.ts'
import { loadRules } from './rules.ts'
import { trace } from './trace.ts'
import type { Packet, Trace } from './trace.ts'

const NAT = `-A PREROUTING -j SERVICES
-A OUTPUT -j SERVICES
-A SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j SVC
-A SVC -j MARK --set-xmark 0x4000/0x4000
-A SVC -p tcp -j DNAT --to-destination 10.244.0.5:8080
-A SVC -p tcp -j DNAT --to-destination 10.244.0.6:8080
-A SERVICES -j MARK --set-xmark 0x1/0x1
-A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A POSTROUTING -j MASQUERADE --random-fully`

test('the first DNAT decides, and what follows sees it', (t) => {
  const filter = `-A FORWARD -d 10.96.0.0/16 -j DROP
-A FORWARD ! -o pods -j DROP
-A FORWARD -m conntrack ! --ctstate DNAT -j DROP
-A FORWARD -m conntrack --ctorigdst 10.96.0.10 --ctorigdstport 80 -p tcp --dport 8080 -j ACCEPT
-A FORWARD -j DROP`
  const traced = trace(load({ nat: NAT, filter }), TCP, world())
  t.deepEqual(
    { ...traced, matched: undefined },
    {
      verdict: 'accept',
      source: { address: '10.244.0.1', port: 40_000 },
      destination: { address: '10.244.0.5', port: 8080 },
      masqueraded: true,
      mark: 0,
      route: { out: 'pods', local: false, source: '10.244.0.1' },
      path: ['nat PREROUTING', 'nat SERVICES', 'nat SVC', 'filter FORWARD', 'nat POSTROUTING'],
      matched: undefined,
      evaluated: 11,
    },
  )
  t.deepEqual(traced.matched.slice(1, 4), [
    '-t nat -A SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j SVC',
    '-t nat -A SVC -j MARK --set-xmark 0x4000/0x4000',
    '-t nat -A SVC -p tcp -j DNAT --to-destination 10.244.0.5:8080',
  ])
})

test('what no rule translates stays as it is', (t) => {
  const traced = trace(load({ nat: NAT }), { ...TCP, dport: 81 }, world())
  t.deepEqual(traced.destination, { address: '10.96.0.10', port: 81 })
  t.false(traced.masqueraded)
  t.is(traced.mark, 1)
})

test('a DNAT to where the packet goes anyway is none for --ctstate', (t) => {
  const to = (address: string): Trace =>
    trace(
      load({
        nat: `-A PREROUTING -p tcp -j DNAT --to-destination ${address}`,
        filter: '-A FORWARD -m conntrack --ctstate DNAT -j DROP',
      }),
      TCP,
      world(),
    )
  t.is(to('10.96.0.10').verdict, 'accept')
  t.is(to('10.96.0.10:80').verdict, 'accept')
  t.is(to('10.96.0.10:81').verdict, 'drop')
  t.is(to(':81').verdict, 'drop')
  t.deepEqual(to('10.96.0.11').destination, { address: '10.96.0.11', port: 80 })
})

test('DNAT of IPv6, with and without a port', (t) => {
  const to = (destination: string): Trace['destination'] =>
    trace(
      load({ nat: `-A PREROUTING -p udp -j DNAT --to-destination ${destination}` }, 'inet6'),
      UDP6,
      world(),
    ).destination
  t.deepEqual(to('[fd44::5]:5353'), { address: 'fd44::5', port: 5353 })
  t.deepEqual(to('fd44:0::5'), { address: 'fd44::5', port: 53 })
  t.deepEqual(to('[fd44::5]'), { address: 'fd44::5', port: 53 })
})

test('a packet of the node goes where DNAT sends it, but OUTPUT is told the first device', (t) => {
  const filter = `-A OUTPUT -o pods -j DROP
-A OUTPUT -o eth0 -d 10.244.0.5 -j ACCEPT
-A OUTPUT -j DROP`
  const traced = trace(
    load({ nat: `${NAT}\n-A POSTROUTING -o eth0 -j MARK --set-mark 9`, filter }),
    LOCAL,
    world(),
  )
  t.is(traced.verdict, 'accept', describe(traced))
  t.is(traced.route?.out, 'pods')
  t.deepEqual(
    traced.path.filter((chain) => chain.startsWith('filter')),
    ['filter OUTPUT'],
  )
})

test('what the node sends itself passes twice, NAT once, with its connection from the start', (t) => {
  const rules = load({
    raw: '-A PREROUTING -m conntrack --ctstate NEW -m conntrack --ctstate DNAT -j MARK --set-mark 5',
    nat: `-A PREROUTING -j DNAT --to-destination 10.244.0.9
-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1:8080
-A POSTROUTING -o lo -j ACCEPT`,
    filter: `-A INPUT ! -i lo -j DROP
-A INPUT -m mark ! --mark 5 -j DROP`,
  })
  const traced = trace(rules, LOCAL, world())
  t.is(traced.verdict, 'accept', describe(traced))
  t.deepEqual(traced.path, [
    'raw OUTPUT',
    'nat OUTPUT',
    'filter OUTPUT',
    'nat POSTROUTING',
    'raw PREROUTING',
    'filter INPUT',
  ])
  t.deepEqual(traced.destination, { address: '10.0.0.1', port: 8080 })
})

test('what comes back masqueraded shows its new source and SNAT', (t) => {
  const rules = load({
    nat: '-A POSTROUTING -j MASQUERADE',
    filter: '-A INPUT -s 10.0.0.1 -m conntrack --ctstate SNAT -j DROP',
  })
  const packet: Packet = { ...LOCAL, source: '127.0.0.1', destination: '10.0.0.1' }
  t.is(trace(rules, packet, world()).by, 'filter INPUT')
  t.is(trace(rules, { ...packet, source: '10.0.0.1' }, world()).verdict, 'accept')
  const blind = world({ route: () => ({ out: 'lo', local: true }) })
  t.throws(() => trace(rules, packet, blind), { message: /no source/ })
})

test('what is for the node is delivered, and what is for nowhere is not', (t) => {
  const filter = '-A INPUT -j DROP\n-A OUTPUT -j REJECT'
  t.is(trace(load({ filter }), { ...TCP, destination: '10.0.0.1' }, world()).by, 'filter INPUT')
  t.is(trace(load({ filter }), { ...TCP, destination: '192.0.2.1' }, world()).by, 'no route')
  const lost = trace(load({ filter }), { ...LOCAL, destination: '192.0.2.1' }, world())
  t.deepEqual([lost.verdict, lost.by, lost.evaluated], ['drop', 'no route', 0])
})

test('a chain of OUTPUT has no -i, one of POSTROUTING has the one of what was forwarded', (t) => {
  const local = (rule: string): string =>
    trace(load({ mangle: `-A OUTPUT -j A\n-A A ${rule} -j DROP` }), LOCAL, world()).verdict
  t.is(local('-i eth0'), 'accept')
  t.is(local('! -i eth0'), 'drop')
  const post = load({ mangle: '-A POSTROUTING -j A\n-A A -i eth0 -j DROP' })
  t.is(trace(post, UDP, world()).verdict, 'drop')
  t.is(trace(post, LOCAL, world()).verdict, 'accept')
  const { source, destination, protocol } = UDP
  const unknown: Packet = { source, destination, protocol, origin: 'forwarded' }
  t.throws(() => isDropped('-i eth0', unknown), { message: /needs inInterface/ })
})

test('before conntrack has seen a packet, its state is INVALID and it has no tuple', (t) => {
  const raw = (matches: string): string =>
    trace(load({ raw: `-A PREROUTING ${matches} -j DROP` }), UDP, world()).verdict
  t.is(raw('-m conntrack --ctstate INVALID'), 'drop')
  t.is(raw('-m conntrack --ctstate NEW'), 'accept')
  t.is(raw('-m conntrack ! --ctorigdst 1.1.1.1'), 'accept')
  t.is(raw('-m conntrack --ctstate INVALID --ctorigdst 1.1.1.1'), 'drop')
})

test('what is not tracked is not translated', (t) => {
  for (const target of ['NOTRACK', 'CT --notrack']) {
    const rules = load({
      raw: `-A PREROUTING -p tcp -j ${target}`,
      nat: NAT,
      filter: '-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP',
    })
    const traced = trace(rules, TCP, world())
    t.is(traced.by, 'filter FORWARD')
    t.is(traced.destination.address, '10.96.0.10')
  }
  t.true(trace(load({ raw: '-A PREROUTING -j CT --zone 1', nat: NAT }), TCP, world()).masqueraded)
})

test('what the tracer does not know, it does not guess', (t) => {
  const unknown = [
    '-m physdev --physdev-in eth0 -j DROP',
    '-m limit --limit 5/sec',
    '-m set --match-set x src',
    '-m conntrack --ctdir ORIGINAL',
    '-m conntrack --ctstate BOGUS',
    '-m addrtype --dst-type BROADCAST',
    '-m addrtype --dst-type LOCAL --limit-iface-in',
    '-m recent --rcheck --hitcount 3 --name X --rsource',
    '-m recent --set --name X --rdest',
    '-m recent --set --name X --mask 255.255.255.0 --rsource',
    '-m recent --name X',
    '-m statistic --mode nth --every 2 --packet 2',
    '-p tcp -m multiport --dports 1 --sports 2',
    '-p ospf',
    '-f',
    '--dport 80',
    '-s 10.0.0.0.0',
    '-s',
    '-p tcp --dport',
    '-p tcp --dport http',
    '-j SNAT --to-source 1.1.1.1',
    '-j REDIRECT --to-ports 80',
    '-j NOWHERE',
    '-j FORWARD',
    '-g DROP',
    '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.2',
    '-p tcp -j DNAT --to-destination 10.0.0.1:80-90',
    '-p tcp -j DNAT',
    '-j MARK --or-mark 1',
    '-j MARK',
    '-j DROP --bogus',
    '"-j DROP',
  ]
  for (const rule of unknown)
    t.throws(() => load({ filter: `-A FORWARD ${rule}` }), {
      message: new RegExp(
        `cannot read -t filter -A FORWARD ${rule.slice(0, 9).replaceAll('+', '.')}`,
      ),
    })
  t.throws(() => loadRules('*security\n:INPUT ACCEPT [0:0]\nCOMMIT\n', 'inet'))
  t.throws(() => isDropped('', UDP6), { message: /family/ })
  t.throws(() => trace(load({ nat: '-A PREROUTING -j MASQUERADE' }), UDP, world()))
  t.throws(() =>
    trace(load({ nat: '-A POSTROUTING -j DNAT --to-destination 1.1.1.1' }), UDP, world()),
  )
  t.throws(() => trace(load({ nat: '-A PREROUTING -j REJECT' }), UDP, world()))
})

test('describe tells the story', (t) => {
  const rules = load({ nat: NAT, filter: '-A FORWARD -p tcp -j REJECT' })
  t.is(
    describe(trace(rules, TCP, world())),
    `reject icmp-port-unreachable by filter FORWARD
  from 10.1.0.2 port 40000 to 10.244.0.5 port 8080, out pods, mark 0x4000
  through nat PREROUTING, nat SERVICES, nat SVC, filter FORWARD
  matched -t nat -A PREROUTING -j SERVICES
  matched -t nat -A SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j SVC
  matched -t nat -A SVC -j MARK --set-xmark 0x4000/0x4000
  matched -t nat -A SVC -p tcp -j DNAT --to-destination 10.244.0.5:8080
  matched -t filter -A FORWARD -p tcp -j REJECT
  5 rules looked at`,
  )
})

const services = (count: number): string => {
  const address = (n: number): string => `10.${96 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`
  const chains: string[] = []
  const rules: string[] = ['-A PREROUTING -j SERVICES']
  for (let n = 0; n < count; n += 1) {
    chains.push(`:SVC-${n} - [0:0]`, `:SEP-${n}-A - [0:0]`, `:SEP-${n}-B - [0:0]`)
    rules.push(
      `-A SERVICES -d ${address(n)}/32 -p tcp -m comment --comment "default/web-${n}:http" -m tcp --dport 80 -j SVC-${n}`,
      `-A SVC-${n} -m statistic --mode random --probability 0.50000000000 -j SEP-${n}-A`,
      `-A SVC-${n} -j SEP-${n}-B`,
      ...['A', 'B'].map(
        (end) => `-A SEP-${n}-${end} -p tcp -m tcp -j DNAT --to-destination 10.244.0.5:8080`,
      ),
    )
  }
  return `*nat\n:PREROUTING ACCEPT [0:0]\n:SERVICES - [0:0]\n${[...chains, ...rules].join('\n')}\nCOMMIT\n`
}

test('ten thousand services are loaded in a moment, and traced in less', (t) => {
  const text = services(10_000)
  const start = performance.now()
  const rules = loadRules(text, 'inet')
  const loaded = performance.now()
  const known = world({ random: () => 0.7 })
  for (let n = 0; n < 100; n += 1)
    t.is(trace(rules, { ...TCP, destination: '10.96.39.15' }, known).evaluated, 10_004)
  const each = (performance.now() - loaded) / 100
  t.log(
    `loaded in ${(loaded - start).toFixed(0)} ms, a trace of 10,004 rules ${each.toFixed(2)} ms`,
  )
  t.true(each < 20)
})
