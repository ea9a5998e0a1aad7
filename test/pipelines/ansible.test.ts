// examples/pipelines/ansible: its playbook on two nodes in namespaces, by the ansible-core that Debian has.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { Ended } from '../run.ts'
import { createWorkplace, fleet } from './nodes.ts'
import { isInstalled } from './installed.ts'

const place = createWorkplace('ansible')
test.after.always(() => {
  place.remove()
})

const serial = isInstalled('ansible-playbook', 'ansible-core') ? test.serial : test.serial.skip
const [first, second] = place.nodes

const hosts = place.nodes.map(({ name }, index) => [
  `node-${index + 1}`,
  {
    ansible_connection: 'local',
    // Its home is that of the user's number, and who is root in a namespace of users may not write there.
    ansible_remote_tmp: join(place.folder, 'ansible'),
    ansible_python_interpreter: '/usr/bin/python3',
    netplan_program: ['nsenter', `--net=/run/netns/${name}`, join(place.folder, 'bin/netplan')],
    netplan_path: join(place.folder, `etc/${index + 1}/netplan.yaml`),
  },
])
place.write('hosts.json', JSON.stringify({ nodes: { hosts: Object.fromEntries(hosts) } }))

interface Played extends Ended {
  /** What the recap says of each node that was played on: "ok=4 changed=1 failed=0". */
  readonly recap: Readonly<Record<string, string>>
}

const play = async (...args: string[]): Promise<Played> => {
  const argv = ['ansible-playbook', '-i', 'hosts.json', 'playbook.yml', '--diff', ...args]
  const ended = await place.run(argv, { HOME: place.folder, LC_ALL: 'C.UTF-8' })
  const lines = ended.stdout.matchAll(/^(node-\d) +: (ok=\d+) +(changed=\d+) .*?(failed=\d+)/gm)
  const recap = [...lines].map(([, node, ...counts]) => [node, counts.join(' ')])
  return { ...ended, recap: Object.fromEntries(recap) as Played['recap'] }
}

/** What could have changed of the nodes; carriers come by themselves. */
const seen = (): readonly unknown[] =>
  place.nodes.map((node) => {
    const links = JSON.parse(node.ip('-j link show')) as readonly Readonly<
      Record<string, unknown>
    >[]
    const routes = node.ip('-4 route show table all').replaceAll(' linkdown', '')
    return [links.map(({ ifname, mtu, address, group }) => [ifname, mtu, address, group]), routes]
  })

place.write('netplan.yaml', fleet())

serial('check mode shows the plan, and changes nothing', async (t) => {
  const before = seen()
  const { code, stdout, stderr, recap } = await play('--check', '--limit', 'node-1')
  t.is(code, 0, stdout + stderr)
  t.regex(stdout, /^netplan will change node node-1 .*\n\n\+ bridge cni0 +netplan\.yaml:\d+:\d+$/m)
  t.deepEqual(recap, { 'node-1': 'ok=3 changed=3 failed=0' })
  t.deepEqual(seen(), before)
  t.false(existsSync(join(place.folder, 'etc')))
})

serial('it applies, confirms, and leaves the file; a second run changes nothing', async (t) => {
  const { code, stdout, stderr, recap } = await play()
  t.is(code, 0, stdout + stderr)
  t.deepEqual(recap, { 'node-1': 'ok=4 changed=3 failed=0', 'node-2': 'ok=4 changed=3 failed=0' })
  t.regex(first?.ip('route show proto 111') ?? '', /10\.244\.2\.0\/24/)
  t.regex(second?.ip('route show proto 111') ?? '', /10\.244\.1\.0\/24/)
  t.deepEqual(readdirSync(join(place.folder, 'etc')), ['1', '2'])
  t.is(place.read('etc/1/netplan.yaml'), fleet())
  // Nothing waits to be confirmed, and nothing is left to do.
  const again = await play()
  t.is(again.code, 0, again.stdout + again.stderr)
  t.deepEqual(again.recap, {
    'node-1': 'ok=3 changed=0 failed=0',
    'node-2': 'ok=3 changed=0 failed=0',
  })
  t.notRegex(again.stdout, /netplan will change/)
})

serial('a node that fails ends it: those behind it are untouched', async (t) => {
  place.write('netplan.yaml', fleet('routes: [{ to: 10.9.0.0/16, via: 172.16.0.9 }]\n'))
  // Somebody else's, so there is a conflict.
  first?.ip('route add 10.9.0.0/16 via 172.16.0.8')
  const before = seen()
  const { code, stdout, recap } = await play()
  t.not(code, 0)
  t.regex(stdout, /route 10\.9\.0\.0\/16/)
  t.deepEqual(recap, { 'node-1': 'ok=0 changed=0 failed=1' })
  t.deepEqual(seen(), before)
  t.is(place.read('etc/1/netplan.yaml'), fleet())
})
