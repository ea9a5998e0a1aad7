// The policies of examples/policy over plans of a node, and the commands of its README as they are printed.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { checkPlan } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'
import { netplan, program } from '../commands/cli.ts'

const node = createNode()
const at = ['--netns', node.name]
const policy = join(root, 'examples/policy')

test.after.always(() => {
  node.remove()
})

const web = (endpoints: string): string =>
  `services: { default/web: { clusterIPs: [10.96.0.10], ports: [{ port: 80 }], endpoints: [${endpoints}] } }\n`

const vxlan = 'vxlans: { vxlan9: { id: 9, port: 4790 } }\n'
const route = 'routes: [{ to: 10.9.0.0/16, type: blackhole }]\n'
const both = '10.0.1.2, 10.0.2.2'

test.before(async (t) => {
  const input = vxlan + route + web(both)
  const { code, stderr } = await netplan(['apply', '--auto-approve', ...at], { input })
  t.is(code, 0, stderr)
})

const jq = (filter: string, input: string): Promise<Ended> =>
  run(['jq', '-f', join(policy, filter)], { input })

const planned = async (input: string): Promise<string> => {
  const { stdout, code } = await netplan(['plan', '--json', ...at], { input })
  if (code !== 0) throw new Error(stdout)
  return stdout
}

const denied: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing changes', vxlan + route + web(both), []],
  ['something is added', `${vxlan}${route}${web(both)}bridges: { br0: {} }\n`, []],
  ['something changes', vxlan + route.replace('blackhole', 'unreachable') + web(both), []],
  ['a service has an endpoint less', vxlan + route + web('10.0.1.2'), []],
  ['a service has another endpoint', vxlan + route + web('10.0.1.2, 10.0.2.3'), []],
  ['a route goes', vxlan + web(both), ['route 10.9.0.0/16']],
  ['a link is replaced', vxlan.replace('9,', '10,') + route + web(both), ['vxlan vxlan9']],
]

for (const [title, input, objects] of denied) {
  test.serial(`deny-deletes.jq: ${title}`, async (t) => {
    const { code, stdout, stderr } = await jq('deny-deletes.jq', await planned(input))
    const lines = objects.map((one) => `${one} must not be destroyed or replaced\n`)
    t.is(stderr, lines.join(''))
    t.is(code, objects.length > 0 ? 1 : 0)
    t.is(stdout, objects.length > 0 ? '' : '"nothing is denied"\n')
  })
}

test.serial(
  'deny-deletes.jq: a service that goes is one, however many chains it has',
  async (t) => {
    const { code, stderr } = await jq('deny-deletes.jq', await planned(vxlan + route))
    t.is(code, 1)
    const told = stderr.split('\n').filter((line) => line.includes('default/web'))
    t.deepEqual(told, ['service default/web tcp/80 must not be destroyed or replaced'])
  },
)

test.serial('terraform.jq: each change is one of resource_changes', async (t) => {
  const text = await planned(vxlan.replace('9,', '10,') + web(both))
  const { changes } = checkPlan(JSON.parse(text))
  const { code, stdout, stderr } = await jq('terraform.jq', text)
  t.is(code, 0, stderr)
  t.deepEqual(JSON.parse(stdout), {
    format_version: '1.2',
    resource_changes: changes.map(({ address, kind: type, title: name, ...change }) => {
      const { actions, before, after } = change
      return { address, type, name, change: { actions, before, after } }
    }),
  })
  // What terraform-deny-deletes.rego says, in jq.
  const filter = '.resource_changes[] | select(.change.actions | index("delete")) | .address'
  const found = await run(['jq', '-r', filter], { input: stdout })
  t.deepEqual(found.stdout.trim().split('\n'), ['link vxlan9', 'route 10.9.0.0/16'])
})

test.serial('the commands of the README print what it shows', async (t) => {
  const folder = mkdtempSync('/run/netplan-test-')
  const other = createNode()
  try {
    writeFileSync(join(folder, 'node.yaml'), 'bridges: { br0: {} }\n')
    writeFileSync(join(folder, 'more.yaml'), `bridges: { br0: {}, br1: {} }\n${route}`)
    const script = `#!/bin/sh\nexec ${program.join(' ')} "$@"\n`
    writeFileSync(join(folder, 'netplan'), script)
    chmodSync(join(folder, 'netplan'), 0o755)
    const input = `bridges: { br0: {} }\n${route}`
    const applied = await netplan(['apply', '--auto-approve', '--netns', other.name], { input })
    t.is(applied.code, 0, applied.stderr)
    const readme = readFileSync(join(policy, 'README.md'), 'utf8')
    const blocks = [...readme.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, text = '']) => text)
    t.is(blocks.length, 2)
    for (const command of blocks.join('').split(/^\$ /m).slice(1)) {
      const [line = '', ...expected] = command.split('\n')
      const path = `${folder}:${process.env['PATH'] ?? ''}`
      const env = { PATH: path, NETPLAN_NETNS: other.name }
      const text = line
        .replaceAll(/-f (\w+\.yaml)/g, `-f ${folder}/$1`)
        .replaceAll(/-f ([\w-]+\.jq)/g, `-f ${policy}/$1`)
      const { stdout, stderr } = await run(['sh', '-c', text], { env })
      t.is(stdout + stderr, expected.join('\n'), line)
    }
  } finally {
    other.remove()
    rmSync(folder, { recursive: true })
  }
})
