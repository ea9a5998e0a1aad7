import { mkdtempSync, readdirSync, rmSync, chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { netplan, program } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import { snapshot } from '../node/snapshot.ts'
import { run } from '../run.ts'
import { addOthers, leftNow, machinesOf, processesIn, readRehearsal, rehearse } from './stage.ts'
import { hasOthers } from '../users.ts'

const node = createNode()
const web = node.ns('web')
const folder = mkdtempSync('/tmp/netplan-test-')
const file = join(folder, 'node.json')
const at = ['--netns', node.name]

test.after.always(() => {
  node.remove()
  rmSync(folder, { recursive: true })
})

const config = `
namespaces: { ${web}: { routes: [{ to: default, via: 10.9.0.1 }] } }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths: { vw: { bridge: br0, peer: { name: eth0, namespace: ${web}, addresses: [10.9.0.2/24] } } }
routes: [{ to: 10.50.0.0/16, via: 192.0.2.1 }]
interfaces: { eth0: { mtu: 1400 } }
masquerade: [{ source: 10.9.0.0/24, outInterface: auto }]
sysctls: { net.ipv4.conf.eth0.rp_filter: 1 }
checks:
  - { name: gateway, ping: 192.0.2.1 }
  - { name: web, ping: 10.9.0.2 }
  - { name: page, http: "http://10.9.0.2/" }
`

const rulesOf = (): string => node.exec(['iptables-save']).replaceAll(/^#.*$/gm, '')

test.before(async (t) => {
  addOthers(node)
  const taken = await netplan(['show', ...at, '--snapshot', file], { input: config })
  t.is(taken.code, 0, taken.stderr)
})

test.serial('a node is rehearsed with what others have on it, and stays as it is', async (t) => {
  const before = [...snapshot(node.name), rulesOf()]
  const found = await rehearse(config, ...at, '--rollback')
  t.like(found, { verdict: 'done', planDiffers: [], secondPlan: [], message: null })
  t.deepEqual(found.rollback, { complete: true, differences: [] })
  t.deepEqual(found.leftOut, [])
  t.deepEqual(
    found.checks.map(({ name, status }) => [name, status]),
    [
      ['gateway', 'skipped'],
      ['web', 'passed'],
      ['page', 'passed'],
    ],
  )
  const steps = found.plan?.changes.flatMap((change) => change.steps).length ?? 0
  t.is(found.batches.at(-1)?.last, steps)
  t.deepEqual([...snapshot(node.name), rulesOf()], before)
})

test.serial('the same from a snapshot, and as text', async (t) => {
  const found = await rehearse(config, '--state', file)
  t.like(found, { verdict: 'done', planDiffers: [], secondPlan: [], rollback: null, leftOut: [] })
  const { code, stdout } = await netplan(['rehearse', '--state', file, '--rollback'], {
    input: config,
  })
  t.is(code, 0)
  t.regex(stdout, /skipped {2}gateway {2}192\.0\.2\.1 is outside of the copy/)
  t.regex(stdout, /The second plan is empty\.\nRolled back: everything is as it was before\.\n/)
  t.regex(stdout, /\nThe plan can be applied\.\n$/)
})

/** As somebody who is nobody here. */
const asUser = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--']

const forOthers = hasOthers ? test.serial : test.serial.skip

forOthers('as an ordinary user, from a snapshot, all is the same', async (t) => {
  const probe = await run([...asUser, 'unshare', '--user', '--map-root-user', '--net', 'true'])
  if (probe.code !== 0) {
    const refused = await run([...asUser, ...program, 'rehearse', '-f', '-', '--state', file], {
      input: config,
    })
    t.log(`this machine gives users no namespaces: ${probe.stderr}`)
    t.is(refused.code, 77)
    t.regex(refused.stderr, /kernel\.unprivileged_userns_clone/)
    return
  }
  chmodSync(folder, 0o755)
  chmodSync(file, 0o644)
  const options = ['rehearse', '--json', '--state', file, '--rollback']
  const user = readRehearsal(
    await run([...asUser, ...program, ...options, '-f', '-'], { input: config }),
  )
  const root = await rehearse(config, '--state', file, '--rollback')
  const timeless = (one: typeof user): unknown => ({
    ...one,
    stages: one.stages.map(({ name }) => name),
    batches: one.batches.map(({ first, last }) => [first, last]),
  })
  t.deepEqual(timeless(user), timeless(root))
})

test.serial('what others have in the way is no plan: 1, as apply', async (t) => {
  node.ip('link add name br0 type bridge')
  try {
    const found = await rehearse(config, ...at)
    t.like(found, { verdict: 'no-plan', exitCode: 1, plan: null, secondPlan: null })
    t.regex(found.diagnostics[0]?.message ?? '', /br0/)
    const adopted = await rehearse(config, ...at, '--adopt', '--rollback')
    t.like(adopted, { verdict: 'done', planDiffers: [], rollback: { differences: [] } })
  } finally {
    node.ip('link delete dev br0')
  }
})

test.serial('what the kernel refuses is rolled back: 4, as apply', async (t) => {
  const found = await rehearse(
    `${config}\nrules: [{ priority: 3000, from: 10.3.0.0/16, table: 7 }]\n`.replace(
      'via: 192.0.2.1',
      'via: 203.0.113.1',
    ),
    ...at,
  )
  t.like(found, { verdict: 'rolled-back', exitCode: 4, secondPlan: null })
  t.regex(found.message ?? '', /a step was refused: \d+ of \d+ steps were done, and rolled back/)
  t.true(found.diagnostics.some(({ severity }) => severity === 'error'))
})

/** What apply says of it, which ends it before anything is changed. */
const applied = async (
  input: string,
  ...flags: string[]
): Promise<{ code: unknown; message: string }> => {
  const { code, stdout } = await netplan(['apply', '--auto-approve', '--json', ...at, ...flags], {
    input,
  })
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { error?: { message: string } }
  return { code, message: last.error?.message ?? '' }
}

const lockout = 'interfaces: { eth0: { up: false } }\n'

test.serial('a lock-out is refused as by apply, and rehearsed all the same', async (t) => {
  const { code, message } = await applied(lockout)
  t.is(code, 1)
  const found = await rehearse(lockout, ...at)
  t.like(found, { verdict: 'refused', exitCode: 1, message, secondPlan: [] })
  t.deepEqual(found.refused, { verdict: 'done', exitCode: 0, message: null })
  t.like(found.diagnostics[0], { severity: 'error', code: 'lockout' })
  for (const flags of [['--allow-lockout'], ['--confirm-within', '60s']]) {
    const allowed = await rehearse(lockout, ...at, ...flags)
    t.like(allowed, { verdict: 'done', exitCode: 0, refused: null, message: null })
    t.false(allowed.diagnostics.some(({ code: one }) => one === 'lockout'))
  }
  const broken = await rehearse(
    `${lockout}routes: [{ to: 10.50.0.0/16, via: 203.0.113.1 }]\n`,
    ...at,
    '--rollback',
  )
  t.like(broken, { verdict: 'refused', exitCode: 1, message, refused: { exitCode: 4 } })
  t.is(broken.refused?.verdict, 'rolled-back')
})

test.serial('a limit is refused as by apply, and the flags of apply count', async (t) => {
  node.ip('link add name brx type bridge')
  const first = 'bridges: { brx: { adopt: true, addresses: [10.8.0.1/24] } }\n'
  t.is((await applied(first)).code, 0)
  try {
    const none = 'bridges: {}\nlimits: { maxDestroy: 0 }\n'
    const { code, message } = await applied(none)
    t.is(code, 1)
    const found = await rehearse(none, ...at)
    t.like(found, { verdict: 'refused', exitCode: 1, message, refused: { verdict: 'done' } })
    t.like(found.diagnostics[0], { severity: 'error', code: 'limit' })
    t.is(found.diagnostics[0]?.location?.line, 2)
    t.is((await rehearse(none, ...at, '--max-destroy', '5')).verdict, 'done')
    const protects = ['--max-destroy', '5', '--protect', 'bridge *']
    t.is((await applied(none, ...protects)).code, 1)
    t.is((await rehearse(none, ...at, ...protects)).verdict, 'refused')
    const { stdout } = await netplan(['rehearse', ...at], { input: none })
    t.regex(
      stdout,
      /\nIf it were allowed: The plan can be applied\.\nApply would refuse this plan: nothing was changed: it would destroy more than its limits allow\n$/,
    )
    const junit = await netplan(['rehearse', ...at, '--format', 'junit'], { input: none })
    t.is(junit.code, 1)
    t.regex(
      junit.stdout,
      /<failure message="nothing was changed: it would destroy [^"]*" type="refused">/,
    )
  } finally {
    t.is((await applied('bridges: {}\n')).code, 0)
  }
})

test.serial(
  'notes of what was applied lead to the same plan, and to what is taken away',
  async (t) => {
    const applied = await netplan(['apply', '--auto-approve', '--allow-lockout', ...at], {
      input: config,
    })
    t.is(applied.code, 0, applied.stderr)
    const same = await rehearse(config, ...at)
    t.like(same, { verdict: 'nothing-to-do', planDiffers: [], secondPlan: [], batches: [] })
    const less = await rehearse(
      'bridges: { br0: { addresses: [10.9.0.3/24] } }\n',
      ...at,
      '--rollback',
    )
    t.deepEqual(less.rollback, { complete: true, differences: [] })
    t.like(less, { verdict: 'done', planDiffers: [], secondPlan: [] })
    const destroyed = await netplan(['destroy', '--auto-approve', '--allow-lockout', ...at], {
      input: config,
    })
    t.is(destroyed.code, 0, destroyed.stderr)
  },
)

/** Starts a rehearsal, ends it in the midst of it, and looks what is left of its machine. */
const endBy = async (
  signal: 'SIGKILL' | 'SIGINT',
): Promise<{ code: unknown; namespaces: number; left: readonly string[] }> => {
  const mark = `REHEARSAL_MARK=${signal}${String(process.pid)}`
  const argv = [...program, 'rehearse', ...at, '-f', '-']
  const [name = '', value] = mark.split('=')
  const env = { ...process.env, [name]: value }
  const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.stdin.end(config)
  const inside = `${process.execPath} ${program[1] ?? ''} rehearsal`
  const isRunning = (): boolean =>
    processesIn(machinesOf(mark), mark).some((line) =>
      line.split(' ').slice(1).join(' ').startsWith(inside),
    )
  for (let waited = 0; !isRunning() && waited < 60_000; waited += 50) await sleep(50)
  // By then it makes the copy.
  await sleep(300)
  const namespaces = machinesOf(mark)
  child.kill(signal)
  const code = await ended
  const left = (): readonly string[] => processesIn(namespaces, mark)
  for (let waited = 0; left().length > 0 && waited < 10_000; waited += 20) await sleep(20)
  return { code, namespaces: namespaces.size, left: left() }
}

test.serial('kill -9 in the midst of it leaves nothing behind', async (t) => {
  const before = leftNow()
  t.deepEqual(await endBy('SIGKILL'), { code: null, namespaces: 3, left: [] })
  t.deepEqual(leftNow(), before)
})

test.serial('an interrupt ends it: 130, and nothing is left behind', async (t) => {
  const before = leftNow()
  t.deepEqual(await endBy('SIGINT'), { code: 130, namespaces: 3, left: [] })
  t.deepEqual(leftNow(), before)
})

test.serial('rules that this kernel refuses are named, and the others are there', async (t) => {
  const text = readFileSync(file, 'utf8').replace(
    '-m comment --comment \\"of others\\"',
    '-m nosuchmatch',
  )
  const odd = join(folder, 'odd.json')
  sh(['sh', '-c', `cat > ${odd}`], text)
  const found = await rehearse(config, '--state', odd)
  t.like(found, { verdict: 'done', planDiffers: [] })
  t.deepEqual(
    found.leftOut.map(({ what }) => what),
    ['rule in filter: -A FORWARD -m nosuchmatch -j ACCEPT'],
  )
})

test.serial('nothing but the snapshot is in the folder of it', (t) => {
  t.deepEqual(readdirSync(folder), ['node.json', 'odd.json'])
})
