import test from 'ava'
import { writeDocuments } from '../../../src/sources/kubernetes/document.ts'
import { nodes } from '../../../src/sources/kubernetes/nodes.ts'
import { parseKubernetes } from '../../../src/sources/kubernetes/options.ts'
import { keyOf } from '../../../src/sources/kubernetes/resource.ts'
import type { ApiObject, Resource } from '../../../src/sources/kubernetes/resource.ts'
import { services } from '../../../src/sources/kubernetes/service-facts.ts'
import { slices } from '../../../src/sources/kubernetes/slices.ts'
import { netplan } from '../../commands/cli.ts'
import { makeNode, makeService, makeSlice } from './objects.ts'

const keep = <T>(resource: Resource<T>, objects: readonly object[] = []): ReadonlyMap<string, T> =>
  new Map(
    (objects as readonly ApiObject[]).flatMap((object) => {
      const found = resource.project(object)
      return found === undefined ? [] : [[keyOf(object), found] as const]
    }),
  )

interface Objects {
  readonly nodes?: readonly object[]
  readonly services?: readonly object[]
  readonly slices?: readonly object[]
}

/** What is written of these objects, and what is warned of. */
const write = (objects: Objects) => {
  const warnings: string[] = []
  const documents = writeDocuments(
    {
      nodes: objects.nodes && keep(nodes, objects.nodes),
      services: objects.services && keep(services, objects.services),
      slices: objects.services && keep(slices, objects.slices),
    },
    (message) => warnings.push(message),
  )
  const text = documents[0]?.text
  const said = text === undefined ? undefined : (JSON.parse(text) as Record<string, object>)
  return { text, said, warnings }
}

const web = { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }
const http = { name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }
const ready = (address: string, nodeName?: string): object => ({
  addresses: [address],
  ...(nodeName === undefined ? {} : { nodeName }),
  conditions: { ready: true },
})

test('nodes: those with an address and a network, by the annotations of kube-router first', (t) => {
  const { said, warnings } = write({
    nodes: [
      makeNode('late', { addresses: ['192.168.0.9'] }),
      makeNode('lost', { podCIDRs: ['10.1.9.0/24'] }),
      makeNode('both', {
        addresses: ['fd00::1', '192.168.0.1', '192.168.0.77'],
        podCIDRs: ['fd00:1::/64', '10.1.0.0/24'],
      }),
      makeNode('routed', {
        addresses: ['192.168.0.2'],
        podCIDRs: ['10.1.1.0/24'],
        annotations: { 'kube-router.io/pod-cidrs': '10.1.2.0/24, fd00:2::/64' },
      }),
      makeNode('old', {
        addresses: ['192.168.0.3'],
        annotations: { 'kube-router.io/pod-cidr': '10.1.3.0/24' },
      }),
    ],
  })
  t.deepEqual(said?.['cluster'], {
    nodes: {
      both: { address: ['192.168.0.1', 'fd00::1'], podCIDR: ['10.1.0.0/24', 'fd00:1::/64'] },
      old: { address: '192.168.0.3', podCIDR: '10.1.3.0/24' },
      routed: { address: '192.168.0.2', podCIDR: ['10.1.2.0/24', 'fd00:2::/64'] },
    },
  })
  t.deepEqual(warnings, [
    'node late is left out until it has a podCIDR',
    'node lost is left out until it has an InternalIP',
  ])
})

test('of nodes with one address, or one network, the newer is left out, and the rest goes on', (t) => {
  const make = (name: string, address: string, podCIDR: string, created?: string): object =>
    makeNode(name, {
      ...{ addresses: [address], podCIDRs: [podCIDR] },
      ...(created === undefined ? {} : { created }),
    })
  const { said, warnings } = write({
    nodes: [
      make('a-new', '192.168.0.1', '10.1.1.0/24', '2024-05-02T10:00:00Z'),
      make('old', '192.168.0.1', '10.1.2.0/24', '2024-05-01T10:00:00Z'),
      make('twin-b', '192.168.0.2', '10.1.3.0/24', '2024-05-03T10:00:00Z'),
      make('twin-a', '192.168.0.2', '10.1.4.0/24', '2024-05-03T10:00:00Z'),
      make('same-network', '192.168.0.3', '10.1.2.0/24', '2024-05-04T10:00:00Z'),
      // What is left out is in nobody's way.
      make('third', '192.168.0.4', '10.1.1.0/24', '2024-05-05T10:00:00Z'),
      makeNode('bare', { addresses: ['192.168.0.5'], created: '2024-05-01T10:00:00Z' }),
      make('later', '192.168.0.5', '10.1.5.0/24', '2024-05-06T10:00:00Z'),
    ],
  })
  t.deepEqual(said?.['cluster'], {
    nodes: {
      later: { address: '192.168.0.5', podCIDR: '10.1.5.0/24' },
      old: { address: '192.168.0.1', podCIDR: '10.1.2.0/24' },
      third: { address: '192.168.0.4', podCIDR: '10.1.1.0/24' },
      'twin-a': { address: '192.168.0.2', podCIDR: '10.1.4.0/24' },
    },
  })
  t.deepEqual(warnings, [
    'node a-new is left out: its InternalIP 192.168.0.1 is that of old, which is older',
    'node bare is left out until it has a podCIDR',
    'node same-network is left out: its podCIDR 10.1.2.0/24 is that of old, which is older',
    'node twin-b is left out: its InternalIP 192.168.0.2 is that of twin-a, which is older',
  ])
})

test('no node that can be sent to, and no service, is nothing said', (t) => {
  t.is(write({ services: [], slices: [] }).text, undefined)
  const node = makeNode('n1', { addresses: ['192.168.0.1'], podCIDRs: ['10.1.0.0/24'] })
  t.is(write({ nodes: [node], services: [], slices: [] }).text, undefined)
  t.is(write({ nodes: [] }).text, undefined)
  t.is(write({ nodes: [makeNode('late', { addresses: ['192.168.0.9'] })] }).text, undefined)
})

test('services: what leads to them, and how', (t) => {
  const { said, warnings } = write({
    services: [
      makeService(
        'web',
        {
          ...web,
          type: 'LoadBalancer',
          ports: [
            { ...http, nodePort: 30080 },
            { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' },
          ],
          externalIPs: ['192.0.2.1', 'fd00::99'],
          loadBalancerSourceRanges: [' 198.51.100.7/24', '::/0'],
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
          externalTrafficPolicy: 'Local',
          internalTrafficPolicy: 'Local',
          healthCheckNodePort: 31000,
        },
        {
          loadBalancer: {
            ingress: [
              { ip: '192.0.2.9', ipMode: 'VIP' },
              { ip: '192.0.2.10', ipMode: 'Proxy' },
              { hostname: 'lb.example' },
              { ip: '192.0.2.11' },
            ],
          },
        },
      ),
      makeService('none', { clusterIP: 'None', ports: [http] }),
      makeService('name', { type: 'ExternalName', externalName: 'example.org' }),
    ],
    slices: [
      makeSlice('web-1', 'web', {
        ports: [
          { name: 'http', port: 8080, protocol: 'TCP' },
          { name: 'dns', port: 5353, protocol: 'UDP' },
        ],
        endpoints: [ready('10.1.0.7', 'n1')],
      }),
    ],
  })
  t.deepEqual(said, {
    services: {
      'default/web': {
        clusterIPs: ['10.96.0.10'],
        ports: [
          { name: 'http', protocol: 'tcp', port: 80, targetPort: 8080, nodePort: 30080 },
          { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353 },
        ],
        externalIPs: ['192.0.2.1'],
        loadBalancerIPs: ['192.0.2.9', '192.0.2.11'],
        loadBalancerSourceRanges: ['198.51.100.0/24'],
        sessionAffinity: { timeoutSeconds: 60 },
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        endpoints: [{ address: '10.1.0.7', node: 'n1' }],
      },
    },
  })
  t.deepEqual(warnings, [
    'service default/web has a healthCheckNodePort, which is not answered here',
  ])
})

test('endpoints: of several slices, as ready as they are, on nodes that are known', (t) => {
  const port = { name: '', port: 8080, protocol: 'TCP' }
  const ending = { ready: false, serving: true, terminating: true }
  const { said } = write({
    nodes: [makeNode('n1', { addresses: ['192.168.0.1'], podCIDRs: ['10.1.0.0/24'] })],
    services: [makeService('web', { ...web, ports: [{ port: 80, targetPort: 'web' }] })],
    slices: [
      makeSlice('b', 'web', {
        ports: [port],
        endpoints: [ready('10.1.0.7', 'n1'), { addresses: ['10.1.0.5'] }],
      }),
      makeSlice('a', 'web', {
        ports: [port],
        endpoints: [
          { addresses: ['10.1.0.7'], nodeName: 'n1', conditions: { ready: false } },
          { addresses: ['10.1.0.8'], nodeName: 'n1', conditions: { ready: false } },
          { addresses: ['10.1.0.9'], nodeName: 'late', conditions: ending },
          ready('10.96.0.10'),
        ],
      }),
      makeSlice('c', 'web', { ports: [port], endpoints: [ready('fd00::7')] }, 'IPv6'),
      makeSlice('d', 'web', { ports: [port], endpoints: [ready('web.example')] }, 'FQDN'),
      makeSlice('e', 'other', { ports: [port], endpoints: [ready('10.1.0.1')] }),
      makeSlice('f', 'web', { ports: [], endpoints: null }),
    ],
  })
  t.like(said?.['services'], {
    'default/web': {
      ports: [{ protocol: 'tcp', port: 80, targetPort: 8080 }],
      endpoints: [
        '10.1.0.5',
        { address: '10.1.0.7', node: 'n1' },
        { address: '10.1.0.8', node: 'n1', ready: false },
        { address: '10.1.0.9', serving: true, terminating: true },
      ],
    },
  })
})

test('the node of an endpoint of v1beta1', (t) => {
  const { said } = write({
    services: [makeService('web', { ...web, ports: [http] })],
    slices: [
      makeSlice('a', 'web', {
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: [{ addresses: ['10.1.0.7'], topology: { 'kubernetes.io/hostname': 'n1' } }],
      }),
    ],
  })
  t.like(said?.['services'], {
    'default/web': { endpoints: [{ address: '10.1.0.7', node: 'n1' }] },
  })
})

test('ports that not all endpoints have are services of their own, and both families are one', (t) => {
  const both = { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10', 'fd00:96::10'] }
  const metrics = { name: 'metrics', port: 90, targetPort: 'metrics' }
  const one = { name: 'http', port: 8080, protocol: 'TCP' }
  const { said } = write({
    services: [makeService('web', { ...both, ports: [http, metrics] })],
    slices: [
      makeSlice('a', 'web', { ports: [one], endpoints: [ready('10.1.0.7')] }),
      makeSlice('b', 'web', {
        ports: [one, { name: 'metrics', port: 9090, protocol: 'TCP' }],
        endpoints: [ready('10.1.0.8')],
      }),
      makeSlice('c', 'web', { ports: [one], endpoints: [ready('fd00:1::7')] }, 'IPv6'),
    ],
  })
  t.like(said?.['services'], {
    'default/web/http': {
      clusterIPs: both.clusterIPs,
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
      endpoints: ['10.1.0.7', '10.1.0.8', 'fd00:1::7'],
    },
    'default/web/metrics': {
      clusterIPs: both.clusterIPs,
      ports: [{ name: 'metrics', port: 90, targetPort: 9090 }],
      endpoints: ['10.1.0.8'],
    },
  })
})

test('what cannot be said is left out, and told', (t) => {
  const other = { clusterIP: '10.96.0.11', clusterIPs: ['10.96.0.11'] }
  const part = (port: number): object => ({ name: 'http', port, protocol: 'TCP' })
  const { said, warnings } = write({
    services: [
      makeService('web', { ...web, ports: [http], externalIPs: ['192.0.2.1', '127.0.0.1'] }),
      makeService('zoo', {
        ...other,
        ...{ ports: [http], externalIPs: ['192.0.2.1', '10.96.0.10', '192.0.2.2'] },
        trafficDistribution: 'PreferClose',
      }),
    ],
    slices: [
      makeSlice('a', 'web', { ports: [part(8080)], endpoints: [ready('10.1.0.7')] }),
      makeSlice('b', 'web', {
        ports: [part(8081)],
        endpoints: [ready('10.1.0.8'), ready('10.1.0.9')],
      }),
    ],
  })
  t.like(said?.['services'], {
    'default/web': {
      ports: [{ targetPort: 8081 }],
      endpoints: ['10.1.0.8', '10.1.0.9'],
      externalIPs: ['192.0.2.1'],
    },
    'default/zoo': { externalIPs: ['192.0.2.2'], endpoints: [] },
  })
  t.deepEqual(warnings, [
    'service default/web: 127.0.0.1 is a loopback address, and is left out',
    'service default/web has port http at several ports of its endpoints: those are left out that have it at another than 8081, as most have',
    'service default/zoo: 192.0.2.1 leads to default/web by a port of it, and is left out',
    'service default/zoo: 10.96.0.10 leads to default/web by a port of it, and is left out',
    'service default/zoo prefers endpoints that are near, which makes no difference here',
  ])
})

test('what is written is a configuration, beside the file of the example', async (t) => {
  const { text: input = '' } = write({
    nodes: [makeNode('n1', { addresses: ['192.168.0.1'], podCIDRs: ['10.244.0.0/24'] })],
    services: [makeService('web', { ...web, ports: [{ ...http, nodePort: 30080 }] })],
    slices: [
      makeSlice('a', 'web', {
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: [ready('10.244.0.7', 'n1')],
      }),
    ],
  })
  const base = ['-f', 'examples/kubernetes/base.yaml']
  const { code, stdout, stderr } = await netplan(['validate', ...base], { input })
  t.is(code, 0, stdout + stderr)
})

test('what stands behind --source', (t) => {
  const all = { path: undefined, context: undefined, parts: ['nodes', 'services'] }
  t.deepEqual(parseKubernetes('kubernetes'), all as never)
  t.deepEqual(parseKubernetes('kubernetes:/etc/k?context=a@b&resources=nodes'), {
    ...{ path: '/etc/k', context: 'a@b', parts: ['nodes'] },
  })
  t.is(parseKubernetes('kubernetes-other'), undefined)
  t.throws(() => parseKubernetes('kubernetes:'), { message: /names no kubeconfig/ })
  t.throws(() => parseKubernetes('kubernetes?contxt=a'), { message: /knows no "contxt"/ })
  t.throws(() => parseKubernetes('kubernetes?resources=pods'), { message: /are no resources/ })
})
