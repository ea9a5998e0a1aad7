import test from 'ava'
import { guard, limitsOf } from '../../src/commands/guards.ts'
import type { Guard } from '../../src/commands/guards.ts'
import { Failure } from '../../src/commands/failure.ts'
import { matches, overLimits } from '../../src/guards/limits.ts'
import { planOf } from './situation.ts'
import type { Given } from './situation.ts'

const node: Given = {
  links: [
    { name: 'eth0', addresses: ['10.1.0.5/24'] },
    { name: 'br0', type: 'bridge', ours: true, addresses: ['10.9.0.1/24'] },
    { name: 'br1', type: 'bridge', ours: true },
  ],
  routes: ['10.50.0.0/16 via 10.9.0.7 dev br0 ours'],
}

/** "LINE: MESSAGE" of what is beyond the limits. */
const refused = async (yaml: string, flags = {}): Promise<readonly string[]> => {
  const { plan, expansion } = await planOf(yaml, node)
  return overLimits(plan, limitsOf(expansion.limits, flags)).map(
    ({ location, message }) => `${String(location?.line ?? '-')}: ${message}`,
  )
}

test('without limits, anything may be destroyed', async (t) => {
  t.deepEqual(await refused(''), [])
})

const four = 'bridge br0, bridge br1, address 10.9.0.1/24 on br0, route 10.50.0.0/16'

test('as many objects as maxDestroy says, of every kind', async (t) => {
  t.deepEqual(await refused('limits: { maxDestroy: 4 }'), [])
  const message = `4 objects would be deleted or replaced, and 3 may be: ${four}`
  t.deepEqual(await refused('version: 1\nlimits: { maxDestroy: 3 }'), [`2: ${message}`])
})

test('the number of the command line counts, be it more or less', async (t) => {
  t.deepEqual(await refused('limits: { maxDestroy: 0 }', { 'max-destroy': 4 }), [])
  const message = `4 objects would be deleted or replaced, and 0 may be: ${four}`
  t.deepEqual(await refused('limits: { maxDestroy: 4 }', { 'max-destroy': 0 }), [`-: ${message}`])
})

test('what changes in place is not destroyed', async (t) => {
  const yaml = `
bridges: { br0: { mtu: 1400, addresses: [10.9.0.1/24] }, br1: {} }
routes: [{ to: 10.50.0.0/16, via: 10.9.0.8 }]
limits: { maxDestroy: 0, protect: ['*'] }`
  t.deepEqual(await refused(yaml), [])
})

test('what is protected stays, whatever makes it go', async (t) => {
  const yaml = `bridges: { br1: {} }
limits:
  protect:
    - bridge br*
    - nothing at all
    - route 10.50.*`
  t.deepEqual(await refused(yaml), [
    '4: bridge br0 is protected, and would be deleted (not in the configuration)',
    '6: route 10.50.0.0/16 is protected, and would be deleted (not in the configuration)',
  ])
})

test('people may call it by its address, and by the command line', async (t) => {
  t.deepEqual(await refused('limits: { protect: [bridge br9] }', { protect: ['link br1'] }), [
    '-: bridge br1 is protected, and would be deleted (not in the configuration)',
  ])
})

test('a pattern is of the whole name, and * of anything', (t) => {
  const all: readonly (readonly [string, string, boolean])[] = [
    ['bridge br0', 'bridge br0', true],
    ['bridge br', 'bridge br0', false],
    ['br0', 'bridge br0', false],
    ['*', '', true],
    ['* on eth0', 'address 10.1.0.5/24 on eth0', true],
    ['* on eth0', 'address 10.1.0.5/24 on eth0 in pod1', false],
    ['address * on eth0', 'address on eth0', false],
    ['a*a', 'a', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*bc*c', 'abc', false],
    ['route 10.(0).*', 'route 10.(0).1', true],
    ['route 10.0', 'route 10x0', false],
  ]
  for (const [pattern, text, expected] of all) t.is(matches(pattern, text), expected, pattern)
})

const options: Guard = {
  confirmWithin: false,
  allowLockout: false,
  purpose: 'change',
  textOf: () => undefined,
}

const outcome = async (
  yaml: string,
  given: Given,
  different: Partial<Guard> = {},
): Promise<string> => {
  const { plan, expansion } = await planOf(yaml, given)
  try {
    guard(plan, expansion.limits, { ...options, ...different })
    return 'passes'
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { exitCode, code, message, details } = error
    const found = details.diagnostics.map((one) => one.message)
    return `${String(exitCode)} ${code}: ${message} | ${found.join(' | ')}`
  }
}

test('the guard: limits hold whatever is said of lock-outs', async (t) => {
  const yaml = 'limits: { maxDestroy: 3, protect: [bridge br1] }'
  const refusal = '1 limits: nothing was changed: it would destroy more than its limits allow'
  const isProtected = 'bridge br1 is protected, and would be deleted (not in the configuration)'
  const count = `4 objects would be deleted or replaced, and 3 may be: ${four}`
  const all = `${refusal} | ${count} | ${isProtected}`
  t.is(await outcome(yaml, node), all)
  t.is(await outcome(yaml, node, { confirmWithin: true, allowLockout: true }), all)
  t.is(await outcome(yaml, node, { purpose: 'destroy' }), `${refusal} | ${isProtected}`)
})

test('the guard: what may lock out needs a way back, or a word', async (t) => {
  const given = { ...node, routes: ['default via 10.1.0.1 dev eth0 ours'] }
  const yaml = 'bridges: { br0: { addresses: [10.9.0.1/24] }, br1: {} }'
  const refusal =
    '1 lockout: nothing was changed: one change may take away the way to this node: ' +
    'say --confirm-within 60s to have it rolled back unless you confirm, or --allow-lockout | ' +
    'route default is the default route'
  t.is(await outcome(yaml, given), refusal)
  t.is(await outcome(yaml, given, { purpose: 'destroy' }), refusal)
  t.is(await outcome(yaml, given, { confirmWithin: true }), 'passes')
  t.is(await outcome(yaml, given, { allowLockout: true }), 'passes')
  t.is(await outcome(yaml, node), 'passes')
})
