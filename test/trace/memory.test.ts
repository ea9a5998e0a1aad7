import test from 'ava'
import { load, UDP, world } from './hand.ts'
import { trace } from './trace.ts'
import type { World } from './world.ts'

/** Which of the packets a rule matched. */
const hits = (matches: string, packets: number, known: World = world()): readonly number[] => {
  const rules = load({ filter: `-A FORWARD ${matches} -j DROP` })
  return Array.from({ length: packets }, (_, index) => index).filter(
    () => trace(rules, UDP, known).verdict === 'drop',
  )
}

test('nth matches packet p first, and then every nth, over 400 packets', (t) => {
  for (const every of [1, 2, 3, 7, 100])
    for (const packet of new Set([0, every >> 1, every - 1])) {
      const wanted = Array.from({ length: 400 }, (_, n) => n).filter((n) => n % every === packet)
      const rule = `-m statistic --mode nth --every ${every} --packet ${packet}`
      t.deepEqual(hits(rule, 400), wanted, rule)
      t.is(hits(rule.replace('--every', '! --every'), 400).length, 400 - wanted.length)
    }
  t.deepEqual(hits('-m statistic --mode nth --every 4', 10), [0, 4, 8])
})

test('each of n rules that count the rest takes as many of 400 packets', (t) => {
  const backends = [0, 1, 2, 3, 4].map(
    (index) =>
      `-A PREROUTING -p udp -m statistic --mode nth --every ${5 - index} --packet 0 -j DNAT --to-destination 10.244.0.${index}`,
  )
  const rules = load({ nat: backends.join('\n') })
  const known = world()
  const counts = new Map<string, number>()
  for (let packet = 0; packet < 400; packet += 1) {
    const { address } = trace(rules, UDP, known).destination
    counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  t.deepEqual([...counts.values()], [80, 80, 80, 80, 80])
})

test('a rule counts what its earlier matches let through, for itself, until it is loaded anew', (t) => {
  const rule = '-m statistic --mode nth --every 2 --packet 1'
  t.deepEqual(hits(`-p tcp ${rule}`, 4), [])
  t.deepEqual(hits(`${rule} ${rule}`, 8), [3, 7])
  const known = world()
  t.deepEqual(hits(rule, 3, known), [1])
  t.deepEqual(hits(rule, 3, known), [1])
})

test('random compares 31 bits', (t) => {
  const rolls = [0, 0.2499999, 0.25, 0.5, 0.9999999999]
  const roll = (matches: string): readonly number[] => {
    const left = [...rolls]
    return hits(
      `-m statistic --mode random ${matches}`,
      rolls.length,
      world({ random: () => left.shift() ?? 0 }),
    )
  }
  t.deepEqual(roll('--probability 0.25000000000'), [0, 1])
  t.deepEqual(roll('! --probability 0.25'), [2, 3, 4])
  t.deepEqual(roll('--probability 1.00000000000'), [0, 1, 2, 3, 4])
  t.deepEqual(roll('--probability 0.00000000047'), [0])
  t.throws(() => hits('-m statistic --mode random --probability 0.5', 1), { message: /random/ })
})

const RECENT = '--name X --mask 255.255.255.255 --rsource'

/** Two backends with affinity, as kube-proxy writes it; the die takes them in turn. */
const AFFINITY = ['A', 'B'].flatMap((name) => [
  `-A SVC -m recent --rcheck --seconds 10 --reap --name ${name} --mask 255.255.255.255 --rsource -j ${name}`,
])
const affinity = load({
  nat: `-A PREROUTING -j SVC
${AFFINITY.join('\n')}
-A SVC -m statistic --mode nth --every 2 --packet 0 -j A
-A SVC -j B
-A A -p udp -m recent --set --name A --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.0.1
-A B -p udp -m recent --set --name B --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.244.0.2`,
})

test('affinity: who came, comes back to the same backend, until it was away too long', (t) => {
  let time = 5000
  const known = world({ now: () => time })
  const go = (host: number, after = 0): string => {
    time += after
    const packet = { ...UDP, source: `10.1.0.${host}` }
    return trace(affinity, packet, known).destination.address
  }
  t.is(go(1), '10.244.0.1')
  t.is(go(2), '10.244.0.2')
  t.is(go(1), '10.244.0.1')
  t.is(go(2, 5000), '10.244.0.2')
  t.is(go(1, 5000), '10.244.0.1', 'ten seconds are not too long')
  t.is(go(2, 10_001), '10.244.0.1', 'chosen again')
  t.false(known.recent.get('B')?.has('10.1.0.2'), 'and reaped')
})

test('recent: --update touches, --rcheck does not, ! is the opposite', (t) => {
  let time = 0
  const known = world({ now: () => time })
  const rules = load({ filter: `-A FORWARD -m recent --set ${RECENT}` })
  const at = (now: number, matches: string): boolean => {
    time = now
    return hits(`-m recent ${matches} ${RECENT}`, 1, known).length === 1
  }
  t.false(at(0, '--rcheck'))
  t.true(at(0, '! --rcheck'))
  trace(rules, UDP, known)
  t.true(at(9000, '--rcheck'))
  t.true(at(9000, '--rcheck --seconds 9'))
  t.false(at(9001, '--rcheck --seconds 9'))
  t.true(at(5000, '--update --seconds 5'))
  t.true(at(10_000, '--update --seconds 5'))
  t.false(at(15_001, '--update --seconds 5'))
  t.false(at(15_001, '! --set'))
  t.true(at(15_001, '--rcheck --seconds 1'))
})

test('recent: a packet that is not in the list reaps nothing', (t) => {
  let time = 0
  const known = world({ now: () => time })
  trace(load({ filter: `-A FORWARD -m recent --set ${RECENT}` }), UDP, known)
  time = 9000
  const reap = load({ filter: `-A FORWARD -m recent --rcheck --seconds 1 --reap ${RECENT}` })
  trace(reap, { ...UDP, source: '10.1.0.9' }, known)
  t.is(known.recent.get('X')?.size, 1)
  trace(reap, UDP, known)
  t.is(known.recent.get('X')?.size, 0)
})

test('recent: the 101st address takes the place of the one that was seen longest ago', (t) => {
  const known = world({ now: () => 1 })
  const rules = load({ filter: `-A FORWARD -m recent --set ${RECENT}` })
  const come = (host: number): void =>
    void trace(rules, { ...UDP, source: `10.1.0.${host}` }, known)
  for (let host = 1; host <= 100; host += 1) come(host)
  come(1)
  come(101)
  const list = known.recent.get('X')
  t.deepEqual([list?.size, list?.has('10.1.0.1'), list?.has('10.1.0.2')], [100, true, false])
})
