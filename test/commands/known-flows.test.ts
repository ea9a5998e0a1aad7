import test from 'ava'
import { knownFlowsOf, steadyFlows } from '../../src/commands/known-flows.ts'
import { listFlows } from '../../src/kernel/flows.ts'
import type { RecordedOutput } from '../../src/kernel/snapshot.ts'
import type { Flows } from '../../src/resources/flow.ts'

const wanted: Flows = {
  ...{ kind: 'flow', namespace: '', family: 'inet', mark: 1, attributes: { stale: [] } },
  served: {
    addresses: new Map([['10.96.0.10:53', new Set(['10.244.0.2:53', '10.244.0.3:53'])]]),
    ports: new Map([[30053, new Set(['10.244.0.2:53'])]]),
    networks: ['10.96.0.0/16'],
  },
}

// As they are read again.
const known = JSON.parse(JSON.stringify(knownFlowsOf([wanted]))) as ReturnType<typeof knownFlowsOf>

const flow = (to: string, port: number, from: string, fromPort: number, state = ''): string =>
  `udp 17 29 src=10.0.0.1 dst=${to} sport=4711 dport=${String(port)} ${state} src=${from} dst=10.0.0.1 sport=${String(fromPort)} dport=4711 mark=0 use=1\n`

const listed = (stdout: string, more: Partial<RecordedOutput> = {}): RecordedOutput =>
  steadyFlows(known)({
    ...{ argv: listFlows('inet'), code: 0, stdout, stderr: '' },
    ...more,
  })

test('flows that lead where they should, or are nobody’s, make no difference', (t) => {
  const none = listed('')
  for (const one of [
    flow('10.96.0.10', 53, '10.244.0.3', 53),
    flow('10.9.0.9', 4789, '10.9.0.9', 4789, '[UNREPLIED]'),
    flow('8.8.8.8', 53, '8.8.8.8', 53),
    flow('192.168.0.1', 30053, '10.244.0.2', 53),
  ])
    t.deepEqual(listed(one), none, one)
})

test('one that leads to no endpoint makes one', (t) => {
  const none = listed('')
  for (const one of [
    flow('10.96.0.10', 53, '10.244.0.9', 53),
    flow('10.96.0.10', 53, '10.96.0.10', 53, '[UNREPLIED]'),
    flow('10.96.7.7', 53, '10.244.0.2', 53),
    flow('192.168.0.1', 30053, '192.168.0.1', 30053, '[UNREPLIED]'),
  ])
    t.notDeepEqual(listed(one), none, one)
})

test('where nothing is known of flows, or none were listed, an answer stays as it is', (t) => {
  const text = flow('8.8.8.8', 53, '8.8.8.8', 53)
  t.is(listed(text, { code: 1 }).stdout, text)
  t.is(listed(text, { argv: listFlows('inet6') }).stdout, text)
  t.is(listed(text, { argv: ['ip'] }).stdout, text)
  t.is(steadyFlows({})({ argv: listFlows('inet'), code: 0, stdout: text }).stdout, text)
})
