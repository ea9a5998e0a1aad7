import test from 'ava'
import { nodeFor, prepare, problemsOf, settle, show, story } from '../story.ts'
import { failureOf } from '../harness.ts'

const rules = (...lines: string[]): string => `{ version: 1, rules: [${lines.join(', ')}] }`

/** Rules in every form that the file knows. */
const forms: readonly string[] = [
  '{ priority: 1, table: 100 }',
  '{ priority: 2, from: 10.1.0.0/16, table: 4294967295 }',
  '{ priority: 3, from: 10.1.0.1, to: 10.2.0.0/16, table: main }',
  '{ priority: 4, to: 10.2.0.1/32, iif: nowhere, oif: lo, table: local }',
  '{ priority: 5, fwmark: 16, table: 100 }',
  "{ priority: 6, fwmark: '0x10/0xff', table: 100 }",
  "{ priority: 7, fwmark: '0/0xff', table: 100 }",
  '{ priority: 8, not: true, from: 10.0.0.0/8, table: 100 }',
  '{ priority: 9, ipProto: tcp, dport: 80, table: 100 }',
  '{ priority: 10, ipProto: udp, sport: 1000-2000, dport: 53, table: 100 }',
  '{ priority: 11, ipProto: icmp, table: 100 }',
  '{ priority: 12, ipProto: sctp, table: 100 }',
  '{ priority: 13, from: 10.66.0.0/16, type: blackhole }',
  '{ priority: 14, type: unreachable, iif: lo }',
  '{ priority: 15, type: prohibit, oif: x }',
  '{ priority: 16, table: main, suppressPrefixLength: 0 }',
  '{ priority: 17, from: default, table: 5 }',
  "{ priority: 18, from: 'FD00:0::/64', table: 100 }",
  "{ priority: 19, to: 'fd00::1', type: blackhole }",
  '{ priority: 20, family: inet6, table: 100 }',
  '{ priority: 21, family: inet6, ipProto: ipv6-icmp, table: 100 }',
  '{ priority: 22, family: inet6, table: main, suppressPrefixLength: 128 }',
  '{ priority: 4294967295, table: 100 }',
]

test('N-07 N-08 N-70 rules of every form are made, found again, and taken away', async (t) => {
  await story(t, async (node, settle) => {
    t.is((await settle(rules(...forms))).length, forms.length)
    t.is((await settle(rules(...forms.slice(3)))).length, 3)
    t.deepEqual(
      show(node, 'rule show')
        .slice(0, 1)
        .map(({ priority }) => priority),
      [0],
    )
  })
})

test('N-70 twins of one priority in other selectors, tables and families are several rules', async (t) => {
  await story(t, async (_, settle) => {
    await settle(
      rules(
        '{ priority: 5, from: 10.1.0.0/16, table: 1 }',
        '{ priority: 5, from: 10.2.0.0/16, table: 1 }',
        '{ priority: 5, table: 2 }',
        '{ priority: 5, family: inet6, table: 1 }',
        '{ priority: 6, table: 1 }',
      ),
    )
    t.is((await settle(rules('{ priority: 5, family: inet6, table: 1 }'))).length, 4)
  })
})

test('N-70 a wider rule beside a narrower one of its priority is refused by the kernel, and said so', async (t) => {
  const node = nodeFor(t)
  const narrow = '{ priority: 5, from: 10.1.0.0/16, table: 1 }'
  await settle(t, node, rules(narrow))
  const done = await node.apply(rules(narrow, '{ priority: 5, table: 1 }'))
  t.regex(String(failureOf(done)), /^ip rule add priority 5 from all table 1 .*: File exists/)
})

test('N-70 a change of a rule is another rule', async (t) => {
  await story(t, async (_, settle) => {
    await settle(rules('{ priority: 5, from: 10.1.0.0/16, table: 1 }'))
    t.deepEqual(await settle(rules('{ priority: 5, from: 10.1.0.0/16, table: 2 }')), [
      'delete rule 5 from 10.1.0.0/16 table 1',
      'create rule 5 from 10.1.0.0/16 table 2',
    ])
  })
})

test('N-70 T39 what was added by hand is deleted where it is marked as ours, and else stays', async (t) => {
  const node = nodeFor(t)
  const yaml = rules('{ priority: 1000, from: 10.1.0.0/16, table: 100 }')
  await settle(t, node, yaml)
  const { protocol } = show(node, 'rule show').find(({ priority }) => priority === 1000)
  prepare(
    node,
    `rule add from 10.1.0.0/16 table 100
     rule add from 10.1.0.0/16 table 100
     rule add priority 0 from 10.1.0.0/16 table 100
     rule add priority 1000 from 10.1.0.0/16 table 100 protocol static
     rule add priority 999 from 10.1.0.0/16 table 100 protocol ${protocol}
     rule add priority 998 from 10.1.0.0/16 goto 32766
     rule add priority 997 from 10.1.0.0/16 table 100 tos 0x10 realms 5`,
  )
  const count = show(node, 'rule show').length
  const { plan } = await settle(t, node, yaml)
  t.deepEqual(
    plan.changes.map(({ action, identity }) => `${action} ${identity}`),
    [`delete rule 999 from 10.1.0.0/16 table 100 protocol ${protocol}`],
  )
  t.is(show(node, 'rule show').length, count - 1)
  await settle(t, node, '{ version: 1 }')
  t.is(show(node, 'rule show').length, count - 2)
})

test('N-70 a rule that is not ours is a conflict; adopted, it becomes ours without a gap', async (t) => {
  const node = nodeFor(t)
  prepare(node, 'rule add priority 7 from 10.1.0.0/16 table 100')
  t.is(
    await problemsOf(node, rules('{ priority: 7, from: 10.1.0.0/16, table: 100 }')),
    'rule 7 from 10.1.0.0/16 table 100 exists already and is not ours',
  )
  const yaml = rules('{ priority: 7, from: 10.1.0.0/16, table: 100, adopt: true }')
  const { plan } = await settle(t, node, yaml)
  t.deepEqual(
    plan.steps.map(({ step }) => step.argv[2]),
    ['add', 'delete'],
  )
  t.is(show(node, 'rule show').filter(({ priority }) => priority === 7).length, 1)
  t.is(failureOf(await node.destroy(yaml)), undefined)
  t.is(show(node, 'rule show').length, 3)
})
