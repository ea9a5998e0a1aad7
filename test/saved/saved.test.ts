// A plan that is saved is carried out later: exactly that one, or none.
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { netplan, program } from '../commands/cli.ts'
import { checkPlan } from '../documents.ts'
import { run } from '../run.ts'
import { openStage, readJson } from './stage.ts'

const stage = openStage()
const { node, folder } = stage
const pod = node.ns('pod')
const at = ['--netns', node.name]

test.after.always(() => stage.remove())

const config = `
namespaces: { ${pod}: {} }
bridges: { br0: { addresses: [10.9.0.1/24] } }
veths:
  veth1: { bridge: br0, peer: { name: eth0, namespace: ${pod}, addresses: [10.9.0.2/24] } }
sysctls: { net.ipv4.ip_forward: 1 }
routes: [{ to: 10.8.0.0/16, via: 10.9.0.9 }]
masquerade: [{ source: 10.9.0.0/24 }]
`

const nothing = 'Nothing to do. What this plan is about is as the plan leaves it.\n'

test.serial('saved, it is the plan that is shown, for nobody else to read', async (t) => {
  const file = await stage.save(config)
  t.is(statSync(file).mode & 0o777, 0o600)
  const yaml = file.replace('.plan', '.yaml')
  const shown = await netplan(['plan', ...at, '-f', yaml, '--json'])
  const saved = readJson(file)
  t.deepEqual(saved['plan'], JSON.parse(shown.stdout))
  const printed = await netplan(['plan', ...at, '-f', yaml, '--out', '-'])
  const again = JSON.parse(printed.stdout) as Record<string, unknown>
  for (const key of ['plan', 'undo', 'records', 'objects', 'configuration', 'options'])
    t.deepEqual(again[key], saved[key], key)
})

test.serial('it says where the plan is, and what carries it out', async (t) => {
  const file = join(folder, 'told.plan')
  const args = ['plan', ...at, '--out', file]
  const shown = await netplan(['plan', ...at], { input: config })
  const text = await netplan(args, { input: config })
  const told = `netplan: saved to ${file}: "netplan apply ${file}" carries out exactly this\n`
  t.deepEqual(text, { code: 0, stdout: shown.stdout, stderr: told })
  t.is((await netplan([...args, '--json'], { input: config })).stderr, '')
  node.ip('link add name br5 type bridge')
  const adopting = [...args, '--adopt', '--fail-on', 'conflict']
  const refusing = await netplan(adopting, { input: 'bridges: { br5: {} }\n' })
  t.is(refusing.code, 1)
  t.regex(refusing.stderr, /^<stdin>:1:12: error: bridge br5 /m)
  t.notRegex(refusing.stderr, /saved/)
  node.ip('link delete dev br5')
  const refused = await netplan(['plan', ...at, '--out', join(folder, 'no', 'x')], {
    input: config,
  })
  t.notRegex(refused.stderr, /saved/)
})

test.serial('on standard output it is alone', async (t) => {
  for (const other of ['--format markdown', '--report markdown=-']) {
    const args = ['plan', ...at, '--out', '-', ...other.split(' ')]
    const message = `netplan: standard output is for one of --out - and ${other}\n`
    t.deepEqual(await netplan(args, { input: config }), { code: 64, stdout: '', stderr: message })
  }
})

test.serial('what is no regular file is not written through', async (t) => {
  const link = join(folder, 'link')
  symlinkSync('/dev/null', link)
  const { code, stderr } = await netplan(['plan', ...at, '--out', link], { input: config })
  const reason = 'it is no regular file (- is standard output)'
  t.deepEqual([code, stderr], [1, `netplan: cannot write ${link}: ${reason}\n`])
})

test.serial('it is carried out without its files, and once', async (t) => {
  const file = await stage.save(config)
  writeFileSync(file.replace('.plan', '.yaml'), 'this: is something else\n')
  const done = await stage.apply(file)
  t.deepEqual([done.code, done.stderr], [0, ''])
  t.regex(done.stdout, /^Done: 10 added, 1 changed, 0 replaced, 0 destroyed.$/m)
  t.is((await node.plan(config)).changes.length, 0)
  const before = await stage.look(config)
  t.deepEqual(await stage.apply(file), { code: 0, stdout: nothing, stderr: '' })
  t.is(await stage.look(config), before)
  // And what it says of the way back is what brings the node there.
  const undo = readJson(file)['undo'] as { address: string }[]
  t.true(undo.some(({ address }) => address === `namespace ${pod}`))
  const destroyed = await netplan(['destroy', ...at, '--auto-approve'], { input: config })
  t.is(destroyed.code, 0)
})

test.serial('from a snapshot, as anybody, it is the same one', async (t) => {
  const snapshot = join(folder, 'snapshot.json')
  const yaml = join(folder, 'anybody.yaml')
  writeFileSync(yaml, config, { mode: 0o644 })
  await netplan(['show', ...at, '-f', yaml, '--snapshot', snapshot])
  // As one who has no privileges at all, and no namespace of that name.
  const plan = [...program, 'plan', '-f', yaml, '--state', snapshot, '--out', '-']
  const ended = await run(['setpriv', '--bounding-set=-all', '--inh-caps=-all', ...plan])
  t.deepEqual([ended.code, ended.stderr], [0, ''])
  const file = join(folder, 'from-snapshot.plan')
  writeFileSync(file, ended.stdout)
  const done = await stage.apply(file)
  t.deepEqual([done.code, done.stderr], [0, ''])
  t.is((await node.plan(config)).changes.length, 0)
  t.is((await stage.apply(file)).stdout, nothing)
})

test.serial('show never refuses: what is stale, or of another node', async (t) => {
  const file = await stage.save(config.replace('10.8.0.0/16', '10.7.0.0/16'))
  node.ip('link set dev br0 mtu 1400')
  const shown = await netplan(['show', file])
  t.is(shown.code, 0)
  const [head = ''] = shown.stdout.split('\n')
  t.true(head.startsWith(`Saved plan for node ${node.name} (owner netplan), made at `), head)
  t.regex(shown.stdout, /^\+ route 10\.7\.0\.0\/16/m)
  const json = await run([...program, 'show', file, '--json'])
  t.is(json.stdout, readFileSync(file, 'utf8'))
  checkPlan((JSON.parse(json.stdout) as Record<string, unknown>)['plan'])
  t.is((await stage.apply(file)).code, 6)
  node.ip('link set dev br0 mtu 1500')
})

test.serial('another node is refused, also one of the same name', async (t) => {
  const other = openStage()
  try {
    const file = await other.save('bridges: { br7: {} }')
    const there = await stage.apply(file, ...at)
    t.is(there.code, 1)
    t.regex(there.stderr, /is a plan for node \S+, and this is another one: it is another network/)
    other.node.exec(['true'])
    const { name } = other.node
    await run(['ip', 'netns', 'delete', name])
    await run(['ip', 'netns', 'add', name])
    const again = await stage.apply(file)
    t.is(again.code, 1)
    t.regex(again.stderr, /it is another network namespace; nothing was changed/)
  } finally {
    other.remove()
  }
})

test.serial('what is given beside a saved plan is refused, and so is what is none', async (t) => {
  const file = await stage.save(config)
  for (const args of [['--adopt'], ['-f', 'x.yaml'], ['--var', 'a=b'], ['--node', 'n']])
    t.is((await stage.apply(file, ...args)).code, 64, args.join(' '))
  const yaml = file.replace('.plan', '.yaml')
  for (const wrong of [yaml, folder]) {
    const { code, stderr } = await stage.apply(wrong)
    const hint = `a configuration is given by -f ${wrong}`
    const message = `netplan: ${wrong} is no saved plan (netplan plan --out writes one): ${hint}\n`
    t.deepEqual([code, stderr], [64, message])
  }
})

test.serial('one that fails is rolled back, to the step', async (t) => {
  const before = await stage.look(config)
  // The kernel alone knows that there is no such value.
  const failing = config
    .replace('sysctls: {', `sysctls: { net.ipv4.conf.br0.rp_filter: 2, net.ipv4.tcp_ecn: 77,`)
    .replace('10.8.0.0/16', '10.6.0.0/16')
  const file = await stage.save(failing)
  const ended = await stage.apply(file)
  t.is(ended.code, 4, ended.stderr)
  t.is(await stage.look(config), before)
  const again = await stage.apply(file)
  t.is(again.code, 4, again.stderr)
})
