// Against the kernel: what plan says of changes that may lock out, and where it looks for who is logged in.
import test from 'ava'
import type { PlanDocument } from '../../src/present/document.ts'
import { netplan, program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import { run } from '../run.ts'

const node = createNode()
const other = node.ns('other')

test.after.always(() => {
  node.remove()
})

test.before(() => {
  node.exec(['ip', 'netns', 'add', other])
  for (const name of ['eth0', 'eth1'])
    node.ip(`link add ${name} up type veth peer name ${name} netns ${other}`)
  node.ip('address add 10.1.0.5/24 dev eth0')
  node.ip('route add default via 10.1.0.1')
})

const down = 'interfaces:\n  eth0: { up: false }\n  eth1: { mtu: 1400 }\n'
const alone = { netns: node.name }
const none = { SSH_CONNECTION: undefined }
const ssh = { SSH_CONNECTION: '10.1.0.7 51234 10.1.0.5 22' }

const lockoutsOf = ({ changes }: PlanDocument): string[] =>
  changes.flatMap(({ title, lockout }) => (lockout === null ? [] : [`${title} ${lockout}`]))

test.serial('the text of a plan marks them, and says how to go ahead', async (t) => {
  const { code, stdout, stderr } = await netplan(['plan'], { ...alone, env: none, input: down })
  t.deepEqual([code, stderr], [0, ''])
  const marked = stdout.split('\n').filter((line) => line.startsWith('!'))
  t.deepEqual(marked, [
    '!     lock-out          carries the default route',
    '!     lock-out          is the default route',
    '! 2 changes may lock you out: apply refuses them without --confirm-within or --allow-lockout.',
  ])
})

test.serial(
  'so does the document, and a warning beside it; the exit code says nothing of it',
  async (t) => {
    const args = ['plan', '--json']
    const { code, stdout, stderr } = await netplan(args, { ...alone, env: ssh, input: down })
    t.is(code, 0)
    t.deepEqual(lockoutsOf(JSON.parse(stdout) as PlanDocument), [
      'device eth0 carries the default route and the SSH session from 10.1.0.7',
      'route default is the default route',
    ])
    t.regex(stderr, /^warning: apply would refuse this: 2 changes may take away the way/)
  },
)

test.serial('a session is found in the process that started us, as behind sudo', async (t) => {
  // The shell has it in the environment that it was started with; env takes it away, as sudo does.
  const script = 'env -u SSH_CONNECTION "$@"; exit $?'
  const argv = ['sh', '-c', script, 'sh', ...program, 'plan', '--json', '-f', '-']
  const { stdout } = await run(argv, { ...alone, env: ssh, input: down })
  const [first] = lockoutsOf(JSON.parse(stdout) as PlanDocument)
  t.is(first, 'device eth0 carries the default route and the SSH session from 10.1.0.7')
})

test.serial('nobody is logged in to another namespace than the one that they are in', async (t) => {
  const args = ['plan', '--json', '--netns', node.name]
  const { stdout } = await netplan(args, { env: ssh, input: down })
  const [first] = lockoutsOf(JSON.parse(stdout) as PlanDocument)
  t.is(first, 'device eth0 carries the default route')
})

test.serial(
  'limits: plan warns of what apply would refuse, at the line that forbids it',
  async (t) => {
    const bridges = 'bridges: { br1: {}, br2: {} }\n'
    const at = ['--netns', node.name]
    await netplan(['apply', '--auto-approve', ...at], { input: bridges })
    const limits = 'limits:\n  maxDestroy: 1\n  protect: [bridge *1]\n'
    const { code, stderr } = await netplan(['plan', ...at], { input: limits })
    t.is(code, 0)
    t.deepEqual(
      stderr.split('\n').filter((line) => line.includes('warning')),
      [
        '<stdin>:2:15: warning: apply would refuse this: 2 objects would be deleted or replaced, and 1 may be: bridge br1, bridge br2',
        '<stdin>:3:13: warning: apply would refuse this: bridge br1 is protected, and would be deleted (not in the configuration)',
      ],
    )
    await netplan(['destroy', '--auto-approve', ...at], { input: bridges })
  },
)
