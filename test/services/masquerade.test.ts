import test from 'ava'
import { changesOf, problemsOf, sysctl } from '../node/story.ts'
import { createLab } from './lab.ts'
import type { Lab, Place } from './lab.ts'
import { peers } from './results.ts'
import { backends, families, labsOf, planned } from './shared.ts'
import { addresses } from './topology.ts'

const labs = labsOf({ pods: 2, second: true })

const { x, node, under } = addresses

/** As whom a server there sees who asks from here; nothing: there is no answer. */
const seen = async (lab: Lab, from: Place, to: string, port = 8080): Promise<string> =>
  peers(await lab.connect(from, to, port, { timeout: 2000 })).join()

const prepare = async (lab: Lab): Promise<void> => {
  await lab.second!.apply()
  await lab.serve('x', [{ protocol: 'tcp', port: 9000 }])
}

for (const backend of backends)
  test.serial(
    `45 ${backend}: pods leave under the node's address, and meet each other under theirs`,
    async (t) => {
      const lab = labs[backend]
      await lab.apply()
      await prepare(lab)
      const [p1, p2] = lab.pods
      const [q1] = lab.second!.pods
      for (const family of families) t.is(await seen(lab, 'p1', x[family], 9000), p1![family])
      await lab.apply(`
masquerade:
  - { source: 10.244.0.0/24, exceptOutInterface: br0, exceptDestination: 10.244.0.0/16 }
  - { source: 'fd00:244::/64', exceptOutInterface: br0, exceptDestination: 'fd00:244::/48' }
`)
      for (const family of families) {
        t.is(await seen(lab, 'p1', x[family], 9000), node[family])
        t.is(await seen(lab, 'p1', q1![family]), p1![family])
        t.is(await seen(lab, 'p1', p2![family]), p1![family])
        t.is(await seen(lab, 'q1', p1![family]), q1![family])
        t.is(await seen(lab, 'x', p1![family]), x[family])
        t.is(await seen(lab, 'node', q1![family]), under[family])
        t.is(await seen(lab, 'q1', x[family], 9000), q1![family])
      }
    },
  )

const automatic = `
masquerade:
  - { source: 10.244.0.0/16, outInterface: auto }
  - { source: 'fd00:244::/48', outInterface: auto }
`

for (const backend of backends)
  test.serial(`45 ${backend}: outInterface: auto is the way out, and goes with it`, async (t) => {
    const lab = labs[backend]
    await lab.apply(automatic)
    await prepare(lab)
    const [p1] = lab.pods
    const [q1] = lab.second!.pods
    const check = async (toX: 'node' | 'pod', toPods: 'under' | 'pod') => {
      for (const family of families) {
        const as = { node: node[family], under: under[family], pod: p1![family] }
        t.is(await seen(lab, 'p1', x[family], 9000), as[toX])
        t.is(await seen(lab, 'p1', q1![family]), as[toPods])
      }
    }
    await check('node', 'pod')
    for (const family of families)
      lab.node.ip(
        `route replace ${family === 'inet' ? 'default' : '::/0'} via ${addresses.node2[family]}`,
      )
    const rule = (network: string, device: string) =>
      `\\["-s ${network} -o ${device} -j MASQUERADE --random-fully"\\]`
    const moved = await planned(lab, automatic)
    t.is(moved.length, 2, moved.join('\n'))
    for (const [index, network] of ['10.244.0.0/16', 'fd00:244::/48'].entries()) {
      const [before, after] = ['eth0', 'eth1'].map((device) => rule(network, device))
      t.regex(moved[index]!, new RegExp(`^update chain .* rules ${before!} -> ${after!}$`))
    }
    await lab.apply(automatic)
    t.deepEqual(await planned(lab, automatic), [])
    await check('pod', 'under')

    for (const to of ['default', '::/0']) lab.node.ip(`route delete ${to}`)
    const problem = '"outInterface: auto" is the device of the default route, and there is none for'
    const text = await problemsOf(lab.node, lab.yaml(automatic), lab.options)
    t.is(text, `${problem} IPv4\n${problem} IPv6`)
    // A default route of the file is one, even before it is there.
    const routes = `routes: [{ to: default, via: ${x.inet} }, { to: '::/0', via: '${x.inet6}' }]\n`
    await lab.apply(automatic + routes)
    await check('node', 'pod')
    t.deepEqual(await planned(lab, automatic + routes), [])
  })

const forwarding = ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']

/** Sections that need a node that forwards both families, one that needs IPv4 alone, and one that does not. */
const needs: readonly (readonly [sections: string, paths: readonly string[]])[] = [
  ["services: { a: { clusterIPs: [10.96.0.1, 'fd00:96::1'], ports: [{ port: 80 }] } }", forwarding],
  ['forwarding: [{ inInterface: eth0 }]', forwarding],
  ['masquerade: [{ source: 10.244.0.0/16 }]', forwarding.slice(0, 1)],
  ["masquerade: [{ source: 'fd00:244::/48' }]", forwarding.slice(1)],
  ['forwarding: [{ inInterface: eth0, action: drop }]', []],
]

for (const backend of backends)
  test.serial(
    `46 ${backend}: the node forwards where it has to, and the plan says so`,
    async (t) => {
      const lab = createLab(t, { backend, pods: 1, forwarding: false })
      await lab.apply()
      const values = () => forwarding.map((path) => sysctl(lab.node, path)).join('')
      const sysctls = (changes: readonly string[]) =>
        changes.filter((one) => one.includes('sysctl'))
      t.is(values(), '00')
      for (const [sections, paths] of needs) {
        const expected = paths.map(
          (path) => `update sysctl ${path.replaceAll('/', '.')}: value "0" -> "1"`,
        )
        const { plan } = await lab.apply(`${sections}\n`)
        t.deepEqual(sysctls(changesOf(plan)), expected, sections)
        t.is(values(), forwarding.map((path) => (paths.includes(path) ? 1 : 0)).join(''), sections)
        await lab.apply()
        t.is(values(), '00', sections)
      }
      lab.node.exec(['sysctl', '-q', '-w', ...forwarding.map((path) => `${path}=1`)])
      const [sections] = needs[0]!
      t.deepEqual(sysctls(await planned(lab, `${sections}\n`)), [])
      await lab.apply(`${sections}\n`)
      await lab.destroy()
      t.is(values(), '11', 'it was so before')
    },
  )
