// packaging/kubernetes: what kustomize makes of it, and what a real API server says to that.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parseAllDocuments } from 'yaml'
import { program } from '../commands/cli.ts'
import { sh } from '../node/harness.ts'
import { isInstalled } from '../pipelines/installed.ts'
import { run } from '../run.ts'
import { startApiServer } from './api-server.ts'
import { packaging } from './unit.ts'

const place = mkdtempSync('/run/netplan-test-')
cpSync(join(packaging, 'kubernetes'), place, { recursive: true })
test.after.always(() => {
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
