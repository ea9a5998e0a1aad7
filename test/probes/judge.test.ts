import test from 'ava'
import { isDecided, judge } from '../../src/probes/judge.ts'
import { nameOf } from '../../src/probes/name.ts'
import { longestSeconds } from '../../src/probes/probe.ts'
import { diagnoseProbe, regressions } from '../../src/probes/regressions.ts'
import { socketOfUrl } from '../../src/probes/url.ts'
import { bad, endpoint, good, pingOf, resultOf, tcpOf } from './entries.ts'

const failure = { expect: 'failure' } as const

test('every try has to succeed', (t) => {
  const probe = pingOf({ count: 3 })
  t.deepEqual(judge(probe, { tries: [good(1), good(2), good(3)] }), {
    probe,
    ok: true,
    detail: '',
    milliseconds: 2,
  })
  const silence = 'no answer within 2 s'
  const lost = judge(probe, { tries: [good(), bad(silence), bad(silence)] })
  t.deepEqual(lost, { probe, ok: false, detail: `2 of 3 lost: ${silence}` })
})

test('the reason that most have is told', (t) => {
  const tries = [bad('a'), good(), bad('b'), bad('b')]
  t.is(judge(tcpOf({ count: 4 }), { tries }).detail, '3 of 4 failed: b')
  t.is(judge(tcpOf(), { tries: [bad('connection refused')] }).detail, 'connection refused')
})

test('what must not work: not once', (t) => {
  const probe = tcpOf({ ...failure, count: 2 })
  t.like(judge(probe, { tries: [bad('a'), bad('a')] }), { ok: true, detail: '2 of 2 failed: a' })
  t.like(judge(probe, { tries: [bad('a'), good()] }), {
    ok: false,
    detail: 'works, 1 of 2 times, and must not',
  })
  t.is(judge(probe, { tries: [good()] }).detail, 'works, and must not')
})

test('what was not tried has failed, whatever is expected', (t) => {
  for (const probe of [tcpOf(), tcpOf(failure)]) t.false(judge(probe, { tries: [] }).ok)
})

test('whom connections reached is judged where all succeeded', (t) => {
  const probe = tcpOf({ count: 4, reaches: [endpoint(1), endpoint(2)] })
  const tries = [1, 2, 3, 4].map(() => good())
  const reached = [1, 2, 1, 2].map(endpoint)
  t.true(judge(probe, { tries, reached }).ok)
  t.regex(judge(probe, { tries, reached: [1, 1, 1, 1].map(endpoint) }).detail, /^none of 4 reached/)
  t.regex(judge(probe, { tries, reached: [endpoint(1)] }).detail, /^3 of 4 connections are not in/)
  const [, ...rest] = tries
  t.is(judge(probe, { tries: [bad('refused'), ...rest], reached }).detail, '1 of 4 failed: refused')
})

test('when more tries would say nothing', (t) => {
  t.false(isDecided(tcpOf(), [good(), good()]))
  t.true(isDecided(tcpOf(), [good(), bad('a')]))
  t.false(isDecided(tcpOf(failure), [bad('a')]))
  t.true(isDecided(tcpOf(failure), [bad('a'), good()]))
})

test('every probe is over in bounded time', (t) => {
  t.is(longestSeconds(tcpOf({ count: 8 })), 2)
  t.is(longestSeconds(tcpOf({ count: 9, timeoutSeconds: 0.5 })), 1)
  t.is(longestSeconds(pingOf({ count: 6 })), 3)
})

test('a check is called by what it does', (t) => {
  t.is(nameOf({ name: 'gateway', ping: '10.0.0.1' }), 'gateway')
  t.is(nameOf({ ping: '10.0.2.2', from: 'pod1' }), 'ping 10.0.2.2 from pod1')
  t.is(nameOf({ tcp: '10.0.2.2:22', ...failure }), 'no tcp 10.0.2.2:22')
  t.is(nameOf({ http: 'http://10.0.0.1/' }), 'http://10.0.0.1/')
  const question = { dns: 'web.example', server: '10.0.0.53' }
  t.is(nameOf(question), 'dns web.example by 10.0.0.53')
  t.is(nameOf({ ...question, type: 'AAAA' }), 'dns web.example AAAA by 10.0.0.53')
})

test('what a URL connects to', (t) => {
  t.deepEqual(socketOfUrl('http://10.0.0.1'), { address: '10.0.0.1', port: 80 })
  t.deepEqual(socketOfUrl('https://[fd00::1]/x'), { address: 'fd00::1', port: 443 })
  t.deepEqual(socketOfUrl('http://10.0.0.1:8080?a:b@c'), { address: '10.0.0.1', port: 8080 })
  const wrong = [
    'http://web/',
    'http://010.0.0.1/',
    'http://10.1/',
    'http://10.0.0.1:99999/',
    'http://user@10.0.0.1/',
    'http://10.0.0.1:80:80/',
    'http://10.0.0.1\\@10.0.0.2/',
    'ftp://10.0.0.1/',
  ]
  for (const url of wrong) t.is(socketOfUrl(url), undefined, url)
})

test('before and after: only what worked and does so no more is broken', (t) => {
  const before = [
    resultOf('a', true),
    resultOf('b', true),
    resultOf('c', false),
    resultOf('d', false),
  ]
  const after = [
    resultOf('a', true),
    resultOf('b', false),
    resultOf('c', false),
    resultOf('d', true),
    resultOf('e', false),
  ]
  const { broken, failing, mended, unknown } = regressions(before, after)
  const names = [broken, failing, mended, unknown].map((list) =>
    list.map(({ probe }) => probe.name),
  )
  t.deepEqual(names, [['b'], ['c'], ['d'], ['e']])
})

test('a check that fails is told at its line', (t) => {
  const source = { file: 'a.yaml', line: 3, column: 5 }
  t.deepEqual(diagnoseProbe(resultOf('a', false, tcpOf({ name: 'a', source })), 'error'), {
    severity: 'error',
    code: 'node',
    message: 'check "a" fails: connection refused',
    location: source,
  })
})
