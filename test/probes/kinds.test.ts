// Each kind of check, against a server in a pod: as it passes and as it fails, over IPv4 and IPv6.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { findWorkers, openStage } from './stage.ts'

const both = (line: string): string[] => [
  line.replace('POD', '10.0.0.2'),
  line.replace('POD:', '[fd00::2]:').replace('POD', 'fd00::2'),
]

const quoted = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/(tcp|udp|http|server): (\S*\[\S*?)(?=,|$)/, '$1: "$2"'))

const each = (...lines: readonly string[]): string[] => quoted(lines.flatMap(both))

test.serial('what works, from the node', async (t) => {
  const { make } = await openStage(t)
  const found = await make(
    each(
      'ping: POD',
      'tcp: POD:8001',
      'tcp: POD:8000, name: NAME, count: 20'.replace('NAME', 'many POD'),
      'udp: POD:8002, send: hello, reply: ell',
      'udp: POD:8002, send: hello, count: 9, name: all POD',
      'http: http://POD:8000/',
      'http: http://POD:8000/302',
      'http: http://POD:8000/503, status: 503',
      'http: http://POD:8000/healthz, body: at /healthz',
      'dns: web.example, server: POD',
      'dns: web.example, server: POD, type: AAAA, answers: ["FD00:0::1"]',
      'dns: web.example., server: POD, answers: [10.0.1.3, 10.0.1.2]',
    ),
  )
  t.is(found.length, 24)
  for (const line of found) t.regex(line, /^ok /)
})

test.serial('from a pod, and what must not work', async (t) => {
  const { make } = await openStage(t)
  const found = await make([
    'from: pod, ping: 10.0.0.1',
    'from: pod, ping: "fd00::1", count: 3',
    'from: pod, tcp: 10.0.0.2:8001',
    'from: pod, tcp: "10.0.0.1:22", expect: failure',
    'from: pod, tcp: "10.0.0.2:8001", expect: failure',
    'ping: 192.0.2.1, expect: failure, timeoutSeconds: 0.3',
    'ping: 10.0.0.2, expect: failure, count: 2',
    'from: nowhere, ping: 10.0.0.1',
    'from: nowhere, tcp: 10.0.0.1:1, expect: failure',
  ])
  t.deepEqual(found, [
    'ok ping 10.0.0.1 from pod',
    'ok ping fd00::1 from pod',
    'ok tcp 10.0.0.2:8001 from pod',
    'ok no tcp 10.0.0.1:22 from pod',
    'FAILED no tcp 10.0.0.2:8001 from pod: works, and must not',
    'ok no ping 192.0.2.1',
    'FAILED no ping 10.0.0.2: works, 2 of 2 times, and must not',
    'FAILED ping 10.0.0.1 from nowhere: namespace nowhere is not there',
    'FAILED no tcp 10.0.0.1:1 from nowhere: namespace nowhere is not there',
  ])
})

test.serial('what fails says why', async (t) => {
  const { make, node, pod } = await openStage(t)
  node.exec(['iptables', '-A', 'INPUT', '-p', 'icmp', '-j', 'REJECT'], pod)
  node.ip('route add prohibit 203.0.113.1')
  node.ip('route add blackhole 203.0.113.2')
  const found = await make([
    'ping: 192.0.2.1',
    'ping: 10.0.0.2, count: 2',
    'ping: 203.0.113.1',
    'ping: 203.0.113.2',
    'tcp: 10.0.0.2:9',
    'tcp: "[fd00::2]:9"',
    'tcp: 192.0.2.1:80',
    'tcp: 203.0.113.1:80',
    'tcp: 203.0.113.2:80',
    'udp: 192.0.2.1:80, send: x',
    'udp: 10.0.0.2:9, send: x',
    'udp: "[fd00::2]:9", send: x',
    'udp: 10.0.0.2:8002, send: hello, reply: bye',
    'udp: 10.0.0.2:8002, name: escape, send: "\\e[2J\\u009b", reply: bye',
    'http: http://10.0.0.2:8000/503',
    'http: http://10.0.0.2:8000/, status: 204',
    'http: http://10.0.0.2:8000/, body: on fire, name: "http://10.0.0.2:8000/ 2"',
    'http: http://10.0.0.2:9/',
    'http: http://10.0.0.2:8001/',
    'dns: web.example, server: 10.0.0.2, answers: [10.0.1.2]',
    'dns: other.example, server: 10.0.0.2',
    'dns: web.example, server: 10.0.0.1',
  ])
  t.deepEqual(
    found.map((line) => line.replace(/^FAILED /, '')),
    [
      'ping 192.0.2.1: network is unreachable',
      'ping 10.0.0.2: 2 of 2 lost: destination port unreachable',
      'ping 203.0.113.1: prohibited',
      'ping 203.0.113.2: a route leads nowhere',
      'tcp 10.0.0.2:9: connection refused',
      'tcp [fd00::2]:9: connection refused',
      'tcp 192.0.2.1:80: network is unreachable',
      'tcp 203.0.113.1:80: prohibited',
      'tcp 203.0.113.2:80: a route leads nowhere',
      'udp 192.0.2.1:80: network is unreachable',
      'udp 10.0.0.2:9: connection refused',
      'udp [fd00::2]:9: connection refused',
      'udp 10.0.0.2:8002: answered "hello", expected "bye"',
      'escape: answered "\\u001b[2J\\u009b", expected "bye"',
      'http://10.0.0.2:8000/503: status 503, expected 2xx or 3xx',
      'http://10.0.0.2:8000/: status 200, expected 204',
      'http://10.0.0.2:8000/ 2: the body is without "on fire"',
      'http://10.0.0.2:9/: connection refused',
      'http://10.0.0.2:8001/: Parse Error: Expected HTTP/, RTSP/ or ICE/',
      'dns web.example by 10.0.0.2: answered 10.0.1.2, 10.0.1.3, expected 10.0.1.2',
      'dns other.example by 10.0.0.2: no such name',
      'dns web.example by 10.0.0.1: connection refused',
    ],
  )
})

test.serial('silence is over when the time is', async (t) => {
  const { make, node, pod } = await openStage(t)
  for (const program of ['iptables', 'ip6tables'])
    node.exec(
      [program, '-A', 'INPUT', '-d', program === 'iptables' ? '10.0.0.2' : 'fd00::2', '-j', 'DROP'],
      pod,
    )
  const began = performance.now()
  const lines = [
    'ping: POD, timeoutSeconds: 0.5',
    'tcp: POD:8001, timeoutSeconds: 0.5',
    'tcp: POD:8001, timeoutSeconds: 0.5, count: 1000, name: many POD',
    'udp: POD:8002, send: x, timeoutSeconds: 0.5',
    'http: http://POD:8000/, timeoutSeconds: 0.5',
    'dns: web.example, server: POD, timeoutSeconds: 0.5',
    'tcp: POD:8001, timeoutSeconds: 0.5, expect: failure, count: 8',
  ]
  const found = await make(each(...lines))
  const seconds = (performance.now() - began) / 1000
  t.is(
    found.filter((line) => /^FAILED .*no answer within 0\.5 s$/.test(line)).length,
    12,
    found.join('\n'),
  )
  t.is(found.filter((line) => line.startsWith('ok no tcp ')).length, 2)
  t.true(seconds < 3, String(seconds))
  t.deepEqual(findWorkers(), [])
})

test.serial(
  'a page that does not come to its end, and one that is too large to be read',
  async (t) => {
    const { make } = await openStage(t)
    const found = await make([
      'http: http://10.0.0.2:8000/never, timeoutSeconds: 0.3',
      'http: http://10.0.0.2:8000/half, timeoutSeconds: 0.3, body: end',
      'http: http://10.0.0.2:8000/large, body: y',
      'http: http://10.0.0.2:8000/large, body: xxx, name: x',
    ])
    t.deepEqual(found, [
      'FAILED http://10.0.0.2:8000/never: no answer within 0.3 s',
      'FAILED http://10.0.0.2:8000/half: no answer within 0.3 s',
      'FAILED http://10.0.0.2:8000/large: the body is without "y"',
      'ok x',
    ])
  },
)

test.serial('whom pages come from', async (t) => {
  const { make, node } = await openStage(t)
  node.ip('route add 10.96.0.0/16 dev eth0')
  const led = '-d 10.96.0.1 -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8000'
  node.exec(['iptables', '-t', 'nat', '-A', 'OUTPUT', ...led.split(' ')])
  const found = await make([
    'http: http://10.96.0.1/, count: 150, reaches: [10.0.0.2:8000]',
    'http: http://10.96.0.1/503, reaches: [10.0.0.2:8000], status: 503',
    'http: http://10.96.0.1/large, reaches: [10.0.0.2:8001]',
    'http: http://10.96.0.1/404, reaches: [10.0.0.2:8000], count: 1000',
  ])
  t.deepEqual(found, [
    'ok http://10.96.0.1/',
    'ok http://10.96.0.1/503',
    'FAILED http://10.96.0.1/large: went to others than those that it is to reach: 10 to 10.0.0.2:8000',
    'FAILED http://10.96.0.1/404: 8 of 8 failed: status 404, expected 2xx or 3xx',
  ])
})

test.serial('https, whatever the certificate is of', async (t) => {
  const folder = mkdtempSync('/run/netplan-test-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const options = ['-nodes', '-subj', '/CN=other.example', '-keyout', key, '-out', cert]
  try {
    execFileSync('openssl', [...made, ...options], { stdio: 'pipe' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    t.log('skipped: without openssl there is no certificate')
    return t.pass()
  }
  const { make } = await openStage(t, [key, cert])
  const found = await make([
    'http: https://10.0.0.2:8443/healthz, body: at /healthz',
    'http: "https://[fd00::2]:8443/503"',
    'http: https://10.0.0.2:8000/',
  ])
  t.is(found[0], 'ok https://10.0.0.2:8443/healthz')
  t.is(found[1], 'FAILED https://[fd00::2]:8443/503: status 503, expected 2xx or 3xx')
  t.regex(found[2] ?? '', /^FAILED https:.*: \S/)
})
