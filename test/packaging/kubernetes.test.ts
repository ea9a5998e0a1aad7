// packaging/kubernetes: what kustomize makes of it, and what a real API server says to that.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import { program } from '../commands/cli.ts'
import { createNode, sh } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { run } from '../run.ts'
import { startApiServer } from './api-server.ts'
import { confine, packaging } from './unit.ts'

const place = mkdtempSync('/run/netplan-test-')
cpSync(join(packaging, 'kubernetes'), place, { recursive: true })
const node = createNode()
test.after.always(() => {
  node.remove()
  rmSync(place, { recursive: true })
})

const overlay = (name: string): string => join(place, 'overlays', name)

/** An overlay of a user, upon the one for files. */
const withComponent = (component: string): string => {
  mkdirSync(overlay(component))
  const lines = ['resources: [../file]', `components: [../../components/${component}]`]
  writeFileSync(join(overlay(component), 'kustomization.yaml'), lines.join('\n'))
  return component
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly immutable?: boolean
  readonly automountServiceAccountToken?: boolean
  readonly rules?: readonly { readonly resources: string[]; readonly verbs: string[] }[]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as deep as Kubernetes has it
  readonly spec?: any
}

const build = async (name: string): Promise<ReadonlyMap<string, Manifest>> => {
  const { code, stdout, stderr } = await run(['kubectl', 'kustomize', overlay(name)])
  if (code !== 0) throw new Error(stderr)
  const all = parseAllDocuments(stdout).map((one) => one.toJS() as Manifest)
  return new Map(all.map((one) => [one.kind, one]))
}

/** Components are known to kubectl since 1.21; Debian 12 has 1.20. */
const canKustomize = (): boolean => {
  if (!isInstalled('kubectl', 'kubernetes-client')) return false
  const text = sh(['kubectl', 'version', '--client', '--output=json'])
  const { clientVersion } = JSON.parse(text) as { clientVersion: { minor: string } }
  const isNew = Number.parseInt(clientVersion.minor) >= 21
  if (!isNew) console.error('kubectl is older than 1.21, so its tests are skipped')
  return isNew
}

const kustomized = canKustomize() ? test : test.skip

kustomized('a configuration is a ConfigMap with the hash of its content', async (t) => {
  const before = await build('file')
  const name = before.get('ConfigMap')!.metadata.name
  t.regex(name, /^nodeplan-[a-z0-9]{10}$/)
  t.true(before.get('ConfigMap')!.immutable)
  const volumeOf = (all: ReadonlyMap<string, Manifest>): string =>
    all
      .get('DaemonSet')!
      .spec.template.spec.volumes.find((one: { name: string }) => one.name === 'config').configMap
      .name
  t.is(volumeOf(before), name)
  // Another configuration is another template, which the DaemonSet rolls out.
  cpSync(overlay('file'), overlay('changed'), { recursive: true })
  writeFileSync(join(overlay('changed'), 'netplan.yaml'), 'bridges: { br0: {} }\n')
  t.not(volumeOf(await build('changed')), name)
})

kustomized(
  'pods have no token where nobody asks the API, and no more rights than they need',
  async (t) => {
    const all = await build('file')
    t.deepEqual([...all.keys()].sort(), ['ConfigMap', 'DaemonSet', 'ServiceAccount'])
    t.false(all.get('ServiceAccount')!.automountServiceAccountToken)
    const { spec, metadata } = all.get('DaemonSet')!
    t.is(metadata.namespace, 'kube-system')
    const pod = spec.template.spec
    t.false(pod.automountServiceAccountToken)
    t.is(pod.hostPID, undefined)
    const [container] = pod.containers
    t.false(container.securityContext.privileged)
    t.deepEqual(container.securityContext.capabilities, {
      drop: ['ALL'],
      add: ['NET_ADMIN', 'NET_RAW'],
    })
  },
)

kustomized(
  'one that fails stops the rollout: a tenth at a time, ready when verified',
  async (t) => {
    const { spec } = (await build('file')).get('DaemonSet')!
    t.deepEqual(spec.updateStrategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '10%' },
    })
    t.is(spec.minReadySeconds, 30)
    const [container] = spec.template.spec.containers
    t.is(container.readinessProbe.httpGet.path, '/readyz')
    t.is(container.livenessProbe.httpGet.path, '/healthz')
    // Where `netplan watch` listens by default.
    const help = await run([...program, 'watch', '--help'])
    const { host, port } = container.readinessProbe.httpGet
    t.true(help.stdout.includes(`${host}:${port}`), help.stdout)
  },
)

kustomized(
  'the overlay that asks the API may read nodes, services and endpoint slices',
  async (t) => {
    const all = await build('kubernetes')
    const rules = all.get('ClusterRole')!.rules!
    t.deepEqual(rules.flatMap(({ resources }) => resources).sort(), [
      'endpointslices',
      'nodes',
      'services',
    ])
    for (const { verbs } of rules) t.deepEqual(verbs, ['get', 'list', 'watch'])
    const pod = all.get('DaemonSet')!.spec.template.spec
    t.true(pod.automountServiceAccountToken)
    t.deepEqual(pod.containers[0].args.slice(-2), ['--source', 'kubernetes'])
  },
)

kustomized('components add what namespaces take', async (t) => {
  const entering = (await build(withComponent('namespaces'))).get('DaemonSet')!.spec.template.spec
  t.true(entering.hostPID)
  t.deepEqual(entering.containers[0].securityContext.capabilities.add, [
    'NET_ADMIN',
    'NET_RAW',
    'SYS_ADMIN',
    'SYS_PTRACE',
  ])
  const making = (await build(withComponent('privileged'))).get('DaemonSet')!.spec.template.spec
  t.deepEqual(making.containers[0].securityContext, {
    privileged: true,
    readOnlyRootFilesystem: true,
    runAsUser: 0,
  })
  const mounts = making.containers[0].volumeMounts as { name: string; mountPropagation?: string }[]
  t.is(mounts.find(({ name }) => name === 'netns')?.mountPropagation, 'Bidirectional')
  t.is(mounts.length, 5)
})

test('the configurations are valid, with nodes as the API has them', async (t) => {
  const nodes = join(place, 'nodes.json')
  const node = (host: number) => ({ address: `192.168.0.${host}`, podCIDR: `10.244.${host}.0/24` })
  writeFileSync(nodes, JSON.stringify({ cluster: { nodes: { a: node(1), b: node(2) } } }))
  const file = await run([...program, 'validate', '-f', join(overlay('file'), 'netplan.yaml')])
  t.is(file.code, 0, file.stderr)
  const more = ['-f', join(overlay('kubernetes'), 'netplan.yaml'), '-f', nodes]
  const both = await run([...program, 'validate', ...more])
  t.is(both.code, 0, both.stderr)
})

// What the container of the base has: two capabilities, and nothing to write to but its volumes.
const container = 'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\nProtectSystem=strict\n'

/** As the kubelet does it: all files of a ConfigMap are exchanged by one link. */
const mountConfig = (folder: string, revision: number, text: string): void => {
  const data = `..${revision}`
  mkdirSync(join(folder, data), { recursive: true })
  writeFileSync(join(folder, data, 'netplan.yaml'), text)
  symlinkSync(data, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  if (revision === 1) symlinkSync('..data/netplan.yaml', join(folder, 'netplan.yaml'))
}

const reachable = (more = ''): string => `bridges:
  br0: { addresses: [10.8.0.1/24] }
routes: [{ to: 10.9.0.0/16, via: 10.8.0.2 }]
services:
  default/web: { clusterIPs: [10.96.0.10], ports: [{ port: 80 }], endpoints: [10.8.0.2] }
${more}`

test('a pod is ready when the node is as described, and not when it could not be', async (t) => {
  mkdirSync('/run/nodeplan', { recursive: true, mode: 0o700 })
  writeFileSync('/run/xtables.lock', '', { flag: 'a' })
  const [folder, state] = [join(place, 'mounted'), join(place, 'state')]
  mkdirSync(state)
  node.ip('link set dev lo up')
  // As a node that can have pods has it; the container could not set it.
  node.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
  mountConfig(folder, 1, reachable())
  const confined = confine(container, ['/run/nodeplan', '/run/xtables.lock', state])
  const args = ['--', ...confined, ...program, 'watch', '-f', folder]
  const watch = spawn('nsenter', [`--net=/run/netns/${node.name}`, ...args], {
    stdio: 'ignore',
    env: { ...process.env, STATE_DIRECTORY: state },
  })
  t.teardown(async () => {
    const exit = once(watch, 'exit')
    watch.kill('SIGTERM')
    await exit
  })
  const askReady = async (): Promise<string> => {
    const argv = ['curl', '-s', '-w', ' %{http_code}', 'http://127.0.0.1:9476/readyz']
    return (await run(argv, { netns: node.name })).stdout
  }
  const readiness = async (wanted: RegExp): Promise<string> => {
    let said = ''
    for (let tries = 0; tries < 150 && !wanted.test(said); tries++) {
      said = await askReady()
      await sleep(100)
    }
    return said
  }
  t.regex(await readiness(/ 200$/), /^ok\n 200$/)
  t.regex(node.exec(['iptables-save']), /10\.96\.0\.10/)
  // Read-only for it: the apply fails, and what it did before is undone.
  mountConfig(folder, 2, reachable('sysctls: { net.ipv4.conf.all.rp_filter: 2 }\n'))
  t.regex(await readiness(/ 503$/), /rp_filter/)
  t.not(node.ip('route show 10.9.0.0/16'), '')
  mountConfig(folder, 3, 'bridgess: {}\n')
  t.regex(await readiness(/bridgess/), /invalid.* 503$/s)
  t.not(node.ip('route show 10.9.0.0/16'), '')
  mountConfig(folder, 4, reachable().replace('10.9.0.0', '10.10.0.0'))
  t.regex(await readiness(/ 200$/), / 200$/)
  t.is(node.ip('route show 10.9.0.0/16'), '')
})

const { KUBEBUILDER_ASSETS: assets } = process.env
if (assets === undefined)
  console.error(
    'no API server, so its test is skipped: KUBEBUILDER_ASSETS=FOLDER, of `setup-envtest use -p path`',
  )
const served = assets === undefined ? test.skip : kustomized

served('a real API server takes all of it, and gives the account what its role says', async (t) => {
  const server = await startApiServer(assets ?? '', join(place, 'api'))
  t.teardown(server.stop)
  for (const name of ['file', 'kubernetes']) {
    const { code, stdout, stderr } = await server.kubectl(
      'apply',
      '--dry-run=server',
      '-k',
      overlay(name),
    )
    t.is(code, 0, stderr)
    t.regex(stdout, /^daemonset\.apps\/nodeplan created/m)
  }
  const applied = await server.kubectl('apply', '-k', overlay('kubernetes'))
  t.is(applied.code, 0, applied.stderr)
  const may = async (verb: string, what: string): Promise<string> => {
    const account = '--as=system:serviceaccount:kube-system:nodeplan'
    return (await server.kubectl('auth', 'can-i', verb, what, account, '-A')).stdout.trim()
  }
  for (const what of ['nodes', 'services', 'endpointslices.discovery.k8s.io']) {
    t.is(await may('watch', what), 'yes', what)
    t.is(await may('patch', what), 'no', what)
  }
  t.is(await may('get', 'secrets'), 'no')
})
