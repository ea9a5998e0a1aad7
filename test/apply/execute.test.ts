import test from 'ava'
import { executeAll, executeSteps } from '../../src/apply/execute.ts'
import type { Execution } from '../../src/apply/execute.ts'
import { StartError } from '../../src/kernel/run.ts'
import type { Command, Outcome } from '../../src/kernel/run.ts'
import type { ScheduledStep } from '../../src/plan/plan.ts'
import type { Step } from '../../src/resources/kind.ts'
import { inTurn } from './in-turn.ts'

const scheduled = (line: string, more: Partial<Step> = {}): ScheduledStep => ({
  identity: line,
  step: { argv: line.split(' '), ...more },
})

const fine: Outcome = { code: 0, stdout: '', stderr: '' }

const refusal = (stderr: string): Outcome => ({ code: 1, stdout: '', stderr })

/** Runs steps against a kernel that answers as told, and fine from then on. */
const play = async (
  steps: readonly ScheduledStep[],
  answers: readonly (Outcome | Error)[] = [],
): Promise<{ readonly commands: readonly Command[]; readonly execution: Execution }> => {
  const commands: Command[] = []
  const run = (command: Command): Promise<Outcome> => {
    commands.push(command)
    const answer = answers[commands.length - 1] ?? fine
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  const execution = await executeSteps(steps, {
    writer: { run, runInTurn: inTurn(run), count: 0 },
    netnsOf: (namespace) => (namespace === '' ? undefined : `/run/netns/${namespace}`),
  })
  return { commands, execution }
}

const told = ({ argv, stdin, netns }: Command): string =>
  `${netns ?? ''}$ ${argv.join(' ')}${stdin === undefined ? '' : ` <<< ${stdin.trimEnd().replaceAll('\n', ' ; ')}`}`

test('steps of one program and namespace that follow each other share a process', async (t) => {
  const { commands, execution } = await play([
    scheduled('ip link add name br0 type bridge'),
    scheduled('ip link set dev br0 up'),
    scheduled('ip -6 rule add priority 1 from all table 2'),
    scheduled('sysctl -qw a=1'),
    scheduled('ip link set dev lo up', { namespace: 'pod1' }),
    scheduled('ip link set dev eth0 up', { namespace: 'pod1' }),
    scheduled('bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.1'),
  ])
  t.deepEqual(commands.map(told), [
    '$ ip -batch - <<< link add name br0 type bridge ; link set dev br0 up',
    '$ ip -6 -batch - <<< rule add priority 1 from all table 2',
    '$ sysctl -qw a=1',
    '/run/netns/pod1$ ip -batch - <<< link set dev lo up ; link set dev eth0 up',
    '$ bridge -batch - <<< fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.1',
  ])
  t.deepEqual(execution, { done: 7, failure: undefined })
})

for (const name of ['a#b', 'q"q', "q'q", 'a\\b']) {
  test(`a name that a batch line cannot hold has a process of its own: ${name}`, async (t) => {
    const { commands } = await play([
      scheduled('ip link set dev br0 up'),
      scheduled(`ip link set dev ${name} up`),
      scheduled('ip link set dev br1 up'),
    ])
    t.deepEqual(commands.map(told), [
      '$ ip -batch - <<< link set dev br0 up',
      `$ ip link set dev ${name} up`,
      '$ ip -batch - <<< link set dev br1 up',
    ])
  })
}

test('neighbours are apart, since `ip` does not say which of them failed', async (t) => {
  const { commands } = await play([
    scheduled('ip link set dev br0 up'),
    scheduled('ip neighbour replace 10.0.0.1 dev br0'),
    scheduled('ip neighbour delete 10.0.0.2 dev br0'),
  ])
  t.is(commands.length, 3)
})

test('the step that was refused is named, with what was done before it', async (t) => {
  const { execution } = await play(
    [
      scheduled('sysctl -qw a=1'),
      scheduled('ip link set dev a up'),
      scheduled('ip link set dev b up'),
    ],
    [fine, refusal('RTNETLINK answers: File exists\nCommand failed -:2\n')],
  )
  t.is(execution.done, 2)
  t.is(execution.failure?.identity, 'ip link set dev b up')
  t.is(execution.failure?.message, 'File exists')
})

test('a step with patience is tried again, and the batch goes on from there', async (t) => {
  const { commands, execution } = await play(
    [
      scheduled('ip address replace fd00::1/64 dev a'),
      scheduled('ip route add fd01::/64 dev a src fd00::1', { patience: 1000 }),
      scheduled('ip link set dev a up'),
    ],
    [
      refusal('Error: Invalid source address.\nCommand failed -:2\n'),
      refusal('Error: Invalid source address.\nCommand failed -:1\n'),
    ],
  )
  t.deepEqual(
    commands.map(({ stdin }) => stdin?.split('\n').length),
    [4, 3, 3],
  )
  t.deepEqual(execution, { done: 3, failure: undefined })
})

test('patience ends', async (t) => {
  const stubborn = Array.from({ length: 9 }, () =>
    refusal('Error: Invalid source address.\nCommand failed -:1\n'),
  )
  const { commands, execution } = await play(
    [scheduled('ip route add fd01::/64 dev a src fd00::1', { patience: 300 })],
    stubborn,
  )
  t.is(commands.length, 4)
  t.is(execution.failure?.message, 'Invalid source address.')
})

test('what was to be deleted and is gone is no failure; anything else is', async (t) => {
  const steps = [
    scheduled('ip link delete dev a', { mayBeGone: true }),
    scheduled('ip link delete dev b', { mayBeGone: true }),
  ]
  const gone = await play(steps, [refusal('Cannot find device "a"\nCommand failed -:1\n')])
  t.deepEqual(gone.commands.map(told), [
    '$ ip -batch - <<< link delete dev a ; link delete dev b',
    '$ ip -batch - <<< link delete dev b',
  ])
  t.deepEqual(gone.execution, { done: 2, failure: undefined })
  const last = await play(steps, [refusal('Cannot find device "b"\nCommand failed -:2\n')])
  t.deepEqual(last.execution, { done: 2, failure: undefined })
  const busy = await play(steps, [refusal('RTNETLINK answers: Operation not supported\n')])
  t.is(busy.execution.failure?.message, 'Operation not supported')
})

test('a missing program is a failure of its step', async (t) => {
  const { execution } = await play(
    [scheduled('ip link set dev a up'), scheduled('sysctl -qw a=1')],
    [fine, new StartError('sysctl', 'ENOENT')],
  )
  t.is(execution.done, 1)
  t.true(execution.failure?.cause instanceof StartError)
})

test('what is not allowed is told apart from what is refused', async (t) => {
  const { execution } = await play(
    [scheduled('ip link set dev a up')],
    [refusal('RTNETLINK answers: Operation not permitted\nCommand failed -:1\n')],
  )
  t.is(execution.failure?.cause, 'permission')
})

const chain = (table: string, name: string, program = 'iptables-nft-restore'): ScheduledStep => ({
  identity: name,
  step: { argv: [program, '--noflush'], stdin: `*${table}\n:${name} - [0:0]\nCOMMIT\n` },
})

test('edits of rules that follow each other are one process a family', async (t) => {
  const { commands } = await play([
    chain('nat', 'NP1-A'),
    chain('filter', 'NP1-B'),
    chain('nat', 'NP1-C', 'ip6tables-nft-restore'),
  ])
  t.deepEqual(commands.map(told), [
    '$ iptables-nft-restore --noflush <<< *filter ; :NP1-B - [0:0] ; COMMIT ; *nat ; :NP1-A - [0:0] ; COMMIT',
    '$ ip6tables-nft-restore --noflush <<< *nat ; :NP1-C - [0:0] ; COMMIT',
  ])
})

test('nft is given a thousand chains at a time, legacy all at once', async (t) => {
  const many = (program: string): ScheduledStep[] =>
    Array.from({ length: 2500 }, (_, index) => chain('nat', `NP1-${index}`, program))
  const sizes = async (program: string): Promise<number[]> => {
    const { commands } = await play(many(program))
    return commands.map(({ stdin = '' }) => stdin.split('\n:').length - 1)
  }
  t.deepEqual(await sizes('iptables-nft-restore'), [1000, 1000, 500])
  t.deepEqual(await sizes('iptables-legacy-restore'), [2500])
})

const restoreRefusals = [
  'iptables-restore v1.8.9 (nf_tables): \nline 5: RULE_APPEND failed (Invalid argument): rule in chain X',
  'iptables-nft-restore: line 5 failed: No chain/target/match by that name.',
  'Error occurred at line: 5',
]

for (const stderr of restoreRefusals) {
  test(`a rule that is refused is that of its step: ${stderr.slice(-40)}`, async (t) => {
    const steps = [chain('filter', 'NP1-B'), chain('nat', 'NP1-A')]
    const { execution } = await play(steps, [refusal(stderr)])
    t.is(execution.failure?.identity, 'NP1-A')
    t.is(execution.done, 1, 'the filter table before it was committed')
  })
}

test('on the way back, of edits of rules only the one that is refused is left out', async (t) => {
  const restore = ['iptables-nft-restore', '--noflush', '-w', '5']
  const edit = (chain: string): ScheduledStep => ({
    identity: chain,
    step: { argv: restore, stdin: `*nat\n:${chain} - [0:0]\nCOMMIT\n` },
  })
  const taken: string[] = []
  const run = ({ stdin = '' }: Command): Promise<Outcome> => {
    const line = stdin.split('\n').findIndex((text) => text.startsWith(':BAD')) + 1
    if (line > 0) return Promise.resolve(refusal(`iptables-restore: line ${String(line)} failed`))
    taken.push(...[...stdin.matchAll(/^:(\S+)/gm)].map(([, chain = '']) => chain))
    return Promise.resolve(fine)
  }
  const failures = await executeAll([edit('A'), edit('BAD'), edit('C'), edit('D')], {
    writer: { run, runInTurn: inTurn(run), count: 0 },
    netnsOf: () => undefined,
  })
  t.deepEqual(
    failures.map(({ identity }) => identity),
    ['BAD'],
  )
  t.deepEqual(taken, ['A', 'C', 'D'])
})
