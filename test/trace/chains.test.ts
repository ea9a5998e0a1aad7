import test from 'ava'
import { load, LOCAL, TCP, UDP, UDP6, world } from './hand.ts'
import type { Tables } from './hand.ts'
import { loadRules } from './rules.ts'
import type { Rules } from './rules.ts'
import { trace } from './trace.ts'
import type { Packet, Trace } from './trace.ts'

/** The mark of a packet behind rules of mangle PREROUTING: what was set last. */
const markOf = (rules: string): Trace => trace(load({ mangle: rules }), UDP, world())

const set = (chain: string, mark: number): string => `-A ${chain} -j MARK --set-mark ${mark}\n`
const set1 = (chain: string): string => set(chain, 1)

test('-j comes back, -g goes back to the caller of its chain', (t) => {
  const ends = (way: string, end: string): string =>
    `-A PREROUTING -j A\n${set('PREROUTING', 9)}-A A ${way} B\n${set('A', 7)}${set1('B')}${end}`
  const jump = markOf(ends('-j', '').replace(set('PREROUTING', 9), ''))
  t.is(jump.mark, 7)
  t.deepEqual(jump.path, ['mangle PREROUTING', 'mangle A', 'mangle B', ...MANGLE_AFTER])
  t.is(markOf(ends('-g', '').replace(set('PREROUTING', 9), '')).mark, 1)
  t.is(markOf(ends('-g', '')).mark, 9)
  t.is(markOf(ends('-g', '-A B -j RETURN')).mark, 9)
})

const MANGLE_AFTER = ['mangle FORWARD', 'mangle POSTROUTING']

test('-g from a built-in chain, and RETURN there, end at its policy', (t) => {
  const rules = (action: string): Rules =>
    loadRules(
      `*filter\n:FORWARD DROP [0:0]\n:A - [0:0]\n-A A -p tcp -j RETURN\n-A FORWARD ${action}\n-A FORWARD -j ACCEPT\nCOMMIT`,
      'inet',
    )
  for (const action of ['-g A', '-j RETURN']) {
    const { verdict, by, evaluated } = trace(rules(action), TCP, world())
    t.deepEqual([verdict, by], ['drop', 'filter FORWARD'])
    t.is(evaluated, action === '-g A' ? 2 : 1)
  }
  t.is(trace(rules('-j A'), TCP, world()).verdict, 'accept')
  t.is(trace(rules('-g A'), UDP, world()).verdict, 'drop')
})

test('-g behind -g keeps the way back of the last -j', (t) => {
  const rules = `-A PREROUTING -j A
-A PREROUTING -m mark --mark 3 -j MARK --set-mark 4
-A A -g B
${set('A', 8)}-A B -g C
${set('B', 8)}-A C -j MARK --set-mark 3
`
  t.is(markOf(rules).mark, 4)
})

test('ACCEPT ends the table and no other; DROP ends everything', (t) => {
  const accepted = trace(
    load({ mangle: '-A FORWARD -j A\n-A A -j ACCEPT\n-A FORWARD -j DROP', filter: '' }),
    TCP,
    world(),
  )
  t.is(accepted.verdict, 'accept')
  t.is(accepted.evaluated, 2)
  const dropped = trace(
    load({ mangle: '-A FORWARD -j ACCEPT', filter: '-A FORWARD -j DROP' }),
    TCP,
    world(),
  )
  t.deepEqual([dropped.verdict, dropped.by], ['drop', 'filter FORWARD'])
  t.false(dropped.path.includes('mangle POSTROUTING'))
})

test('REJECT answers', (t) => {
  const reject = (rule: string, packet: Packet, family?: Rules['family']): string | undefined =>
    trace(load({ filter: `-A FORWARD ${rule}` }, family), packet, world()).rejectWith
  t.is(reject('-j REJECT', TCP), 'icmp-port-unreachable')
  t.is(reject('-p tcp -j REJECT --reject-with tcp-reset', TCP), 'tcp-reset')
  t.is(reject('-j REJECT', UDP6, 'inet6'), 'icmp6-port-unreachable')
  const traced = trace(load({ filter: '-A INPUT -j REJECT' }), LOCAL, world())
  t.is(traced.verdict, 'accept', 'INPUT is for what is delivered here')
})

test('what only looks at packets goes on', (t) => {
  const rules = `-A FORWARD -j LOG --log-prefix "a b " --log-level 7 --log-ip-options
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A FORWARD -p tcp
-A FORWARD -j MARK --set-mark 1`
  t.is(trace(load({ mangle: rules }), TCP, world()).mark, 1)
})

const nested = (depth: number, last: string): Tables => ({
  filter: [
    '-A FORWARD -j C1',
    ...Array.from({ length: depth - 1 }, (_, n) => `-A C${n + 1} -${n % 2 ? 'g' : 'j'} C${n + 2}`),
    `-A C${depth} ${last}`,
  ].join('\n'),
})

test('chains are at most 15 deep, -g counted, and go in no circle', (t) => {
  t.is(trace(load(nested(15, '-j DROP')), TCP, world()).path.length, 16)
  t.throws(() => load(nested(16, '-j DROP')), { message: /deep.* FORWARD > C1 > .*C16/ })
  t.throws(() => load(nested(3, '-g C1')), { message: /circle/ })
  // A chain that was measured from elsewhere counts where it is deeper.
  const { filter = '' } = nested(15, '-j DROP')
  t.throws(() => load({ filter: `-A FORWARD -j C2\n-A FORWARD -j C0\n-A C0 -j C1\n${filter}` }))
})
