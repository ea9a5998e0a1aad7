import { existsSync } from 'node:fs'
import test from 'ava'
import { device, show, story } from '../story.ts'

/** Names that a careless command line reads as something else, and the longest there can be. */
const names = [
  ...['up', 'b', '-x', '--', 'dev', 'name', 'type', 'master', 'peer', 'a#b', 'q"q', "q'q", 'b\\b'],
  ...['$HOME', 'a;b', 'eth0.100', '網路', 'fifteen-bytes-x', '0', 'null'],
]

const quoted = names.map((name) => JSON.stringify(name))

const lines = (line: (name: string, index: number) => string): string =>
  quoted.map((name, index) => `  ${line(name, index)}\n`).join('')

test('N-21 a bridge may have any name, with all that hangs on it', async (t) => {
  await story(t, async (node, settle) => {
    await settle(`
version: 1
bridges:
${lines(
  (name, index) => `${name}:
    addresses: [10.1.${index}.1/24, 'fd01:${index}::1/64']
    neighbors: [{ address: 10.1.${index}.9, mac: '02:00:00:00:00:09' }, { address: 10.1.${index}.8, proxy: true }]
    routes: [{ to: 10.9.${index}.0/24, via: 10.1.${index}.7 }]`,
)}
veths:
${lines((name, i) => `v${i}: { bridge: ${name}, hairpin: true, fdb: [{ mac: '02:00:00:00:00:07' }], peer: { name: w${i} } }`)}
routes:
${lines((name, i) => `- { to: 10.10.${i}.0/24, nexthops: [{ device: ${name} }, { via: 10.1.${i}.5, device: ${name} }] }`)}
rules:
${lines((name, i) => `- { priority: ${2 * i + 1}, iif: ${name}, table: 7 }`)}
${lines((name, i) => `- { priority: ${2 * i + 2}, oif: ${name}, table: 7 }`)}
sysctls:
${lines((_, i) => `${JSON.stringify(`net/ipv4/conf/${names[i] ?? ''}/rp_filter`)}: 2`)}
`)
    const found = show(node, 'link show').map(({ ifname }) => String(ifname))
    t.deepEqual(
      names.filter((name) => !found.includes(name)),
      [],
    )
  })
})

test('N-21 either end of a veth pair may have any name', async (t) => {
  await story(t, async (node, settle) => {
    const pod = node.ns('pod')
    await settle(`
version: 1
namespaces: { ${pod}: {} }
bridges: { bridge: { namespace: ${pod} } }
veths:
${lines((name, i) => `${name}: { addresses: [10.2.${i}.1/24], peer: { name: ${name}, namespace: ${pod}, bridge: bridge } }`)}
`)
    t.is(show(node, 'link show type veth', pod).length, names.length)
  })
})

test('N-21 a vxlan and the device below it may have any name', async (t) => {
  await story(t, async (node, settle) => {
    const pod = node.ns('pod')
    await settle(`
version: 1
namespaces: { ${pod}: {} }
bridges:
${lines((name) => `${name}: {}`)}
veths:
${lines((name, i) => `u${i}: { namespace: ${pod}, peer: { name: ${name}, namespace: ${pod} } }`)}
vxlans:
${lines((name, i) => `x${i}: { id: 1, port: ${5000 + i}, device: ${name}, group: 239.1.1.1 }`)}
${lines((name, i) => `${JSON.stringify(names[i]!.slice(0, 12) + 'v')}: { namespace: ${pod}, id: ${i}, device: ${name}, remotes: [10.0.0.1], fdb: [{ mac: '02:00:00:00:00:05', remote: 10.0.0.2 }] }`)}
`)
    t.is(device(node, 'x0').linkinfo.info_data.link, 'up')
  })
})

test('N-21 a namespace may have any name that is a file name', async (t) => {
  await story(t, async (node, settle) => {
    const pods = ['up', '-x', 'a#b', 'q"q', '網路'].map((name) => JSON.stringify(node.ns(name)))
    await settle(`
version: 1
namespaces:
${pods.map((pod, index) => `  ${pod}: { routes: [{ to: 10.${index}.0.0/16, type: blackhole }] }\n`).join('')}
veths:
${pods.map((pod, index) => `  v${index}: { peer: { name: eth0, namespace: ${pod}, addresses: [10.9.${index}.2/24] } }\n`).join('')}
`)
    t.true(pods.every((pod) => existsSync(`/run/netns/${String(JSON.parse(pod))}`)))
  })
})
