import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { program } from '../../commands/cli.ts'
import { run } from '../../run.ts'
import { assets, eventually, startApi } from './api-machine.ts'
import type { Api, Reply } from './api-machine.ts'
import { makeNode } from './objects.ts'
import { writeKubeconfig } from './stage.ts'

const netns = 'kubernetes-n1'
const strategic = 'application/strategic-merge-patch+json'

const base = `
cluster:
  podCIDR: 10.1.0.0/16
  nodeCIDR: 192.168.77.0/24
  serviceCIDR: 10.96.0.0/16
  backend: hostGateway
pods:
  kubernetes-web: { node: n1, address: 10.1.1.5 }
  kubernetes-client: { node: n1, address: 10.1.1.6 }
`

/** An API server, and a node that is kept as it says. */
interface Stage {
  readonly machine: Api
  readonly call: Api['api']['call']
  readonly watching: ChildProcess
  readonly log: string
}

let stage: Stage
let machine: Api | undefined

const sh = async (...argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

const check = async (reply: Promise<Reply>): Promise<void> => {
  const { code, text } = await reply
  if (code >= 300) throw new Error(text)
}

/** As a kubelet and the controller of nodes make one. */
const addNode = async (number: number, hasCIDR = true): Promise<void> => {
  const name = `n${String(number)}`
  const podCIDRs = hasCIDR ? [`10.1.${String(number)}.0/24`] : []
  const node = makeNode(name, {
    addresses: [`192.168.77.${String(number)}`],
    ...(hasCIDR ? { podCIDRs } : {}),
  }) as { metadata: object; spec: object; status: { addresses: object } }
  const body = { metadata: { name }, spec: node.spec }
  await check(stage.call('POST', '/api/v1/nodes', body))
  const status = { status: { addresses: node.status.addresses } }
  await check(stage.call('PATCH', `/api/v1/nodes/${name}/status`, status, strategic))
}

const removeNode = (number: number): Promise<void> =>
  check(stage.call('DELETE', `/api/v1/nodes/n${String(number)}`))

/** The nodes that this one has a route to the pods of. */
const routes = async (): Promise<readonly number[]> => {
  const found = await sh('ip', '-n', netns, '-j', 'route', 'show')
  return (JSON.parse(found) as { dst: string; gateway?: string }[])
    .filter(({ gateway }) => gateway !== undefined)
    .map(({ dst, gateway }) => {
      const number = Number(dst.split('.')[2])
      return gateway === `192.168.77.${String(number)}` ? number : -1
    })
    .sort((a, b) => a - b)
}

const routesAre = (...numbers: readonly number[]): Promise<void> =>
  eventually(
    `routes to ${numbers.join()}`,
    async () => (await routes()).join() === numbers.join(),
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${readFileSync(stage.log, 'utf8').slice(-4000)}`)
  })

const startWatch = (machine: Api): { watching: ChildProcess; log: string } => {
  const [file, log] = [join(machine.folder, 'base.yaml'), join(machine.folder, 'log')]
  writeFileSync(file, base)
  const kubeconfig = writeKubeconfig(machine.folder, machine.url, machine.cert)
  const source = `kubernetes:${kubeconfig}?context=here`
  const where = ['--netns', netns, '--node', 'n1', '--listen', 'none', '--max-delete', '100%']
  const state = ['--state-dir', join(machine.folder, 'state'), '--resync', '5s']
  const argv: readonly string[] = [...program, 'watch', '-f', file, '--source', source]
  const output = openSync(log, 'a')
  const [node = '', ...all] = [...argv, ...where, ...state]
  return { log, watching: spawn(node, all, { stdio: ['ignore', output, output] }) }
}

const isReal = assets !== undefined
const real = isReal ? test.serial : test.serial.skip
const how = isReal
  ? ''
  : ' (KUBEBUILDER_ASSETS=$(setup-envtest use -p path) npm test -- test/sources/kubernetes/real.test.ts)'

const programs: string | undefined = assets
if (programs !== undefined) {
  test.before(async () => {
    machine = await startApi(programs)
    await sh('ip', 'netns', 'add', netns)
    await sh('ip', '-n', netns, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
    for (const link of ['lo', 'eth0', 'eth1'])
      await sh('ip', '-n', netns, 'link', 'set', link, 'up')
    await sh('ip', '-n', netns, 'address', 'add', '192.168.77.1/24', 'dev', 'eth0')
    stage = { machine, call: machine.api.call, ...startWatch(machine) }
  })
  test.after.always(async () => {
    if (!machine) return
    stage.watching.kill('SIGCONT')
    stage.watching.kill('SIGTERM')
    if (stage.watching.exitCode === null) await once(stage.watching, 'exit')
    await machine.close()
    for (const name of [netns, 'kubernetes-web', 'kubernetes-client'])
      await run(['ip', 'netns', 'delete', name])
  })
}

real(`a real API server: nodes join, get their network late, and leave${how}`, async (t) => {
  for (const number of [1, 2]) await addNode(number)
  await routesAre(2)
  await addNode(3, false)
  await addNode(4)
  await routesAre(2, 4)
  const spec = { spec: { podCIDR: '10.1.3.0/24', podCIDRs: ['10.1.3.0/24'] } }
  await check(stage.call('PATCH', '/api/v1/nodes/n3', spec, strategic))
  await routesAre(2, 3, 4)
  await removeNode(4)
  await routesAre(2, 3)
  t.pass()
})

const serve = `
  require('node:http').createServer((_, answer) => answer.end('it works')).listen(8080, '10.1.1.5')
`

const fetchOnce = (address: string): string => `
  fetch('http://${address}/').then((answer) => answer.text()).then(console.log, () => console.log('nothing'))
`

const ask = async (): Promise<string> => {
  const argv = [process.execPath, '-e', fetchOnce('10.96.3.4')]
  return (await run(argv, { netns: 'kubernetes-client' })).stdout.trim()
}

/** The newest version that the server has. */
const findVersion = async (): Promise<string> => {
  const { text } = await stage.call('GET', '/apis/discovery.k8s.io')
  const { versions } = JSON.parse(text) as { versions: { version: string }[] }
  return versions.some(({ version }) => version === 'v1') ? 'v1' : 'v1beta1'
}

real(`a real API server: services and slices carry packets${how}`, async (t) => {
  const enter = ['--net=/run/netns/kubernetes-web', '--', process.execPath, '-e', serve]
  const server = spawn('nsenter', enter, { stdio: 'ignore' })
  t.teardown(() => server.kill())
  const version = await findVersion()
  const path = `/apis/discovery.k8s.io/${version}/namespaces/default/endpointslices`
  const web = { clusterIP: '10.96.3.4', ports: [{ name: 'http', port: 80, targetPort: 'web' }] }
  const metadata = { name: 'web' }
  await check(stage.call('POST', '/api/v1/namespaces/default/services', { metadata, spec: web }))
  const labels = { 'kubernetes.io/service-name': 'web' }
  const slice = (ready: boolean): object => ({
    apiVersion: `discovery.k8s.io/${version}`,
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.1.1.5'], conditions: { ready } }],
  })
  await check(stage.call('POST', path, slice(true)))
  await eventually('the service answers', async () => (await ask()) === 'it works')
  await check(stage.call('PATCH', `${path}/web-1`, slice(false), 'application/merge-patch+json'))
  await eventually('the service refuses', async () => (await ask()) === 'nothing')
  await check(stage.call('PATCH', `${path}/web-1`, slice(true), 'application/merge-patch+json'))
  await eventually('the service answers again', async () => (await ask()) === 'it works')
  await check(stage.call('DELETE', `${path}/web-1`))
  await check(stage.call('DELETE', '/api/v1/namespaces/default/services/web'))
  await eventually('the service is gone', async () => {
    const rules = await sh('ip', 'netns', 'exec', netns, 'iptables-save')
    return !rules.includes('10.96.3.4')
  })
  t.pass()
})

real(`a real API server is killed, and comes back${how}`, async (t) => {
  await stage.machine.kill()
  await sleep(3000)
  t.deepEqual(await routes(), [2, 3])
  await stage.machine.restart()
  await removeNode(3)
  await addNode(5)
  await routesAre(2, 5)
})

real(`a real API server is frozen, and thaws${how}`, async (t) => {
  const { api } = stage.machine
  api.server.kill('SIGSTOP')
  await sleep(7000)
  t.deepEqual(await routes(), [2, 5])
  api.server.kill('SIGCONT')
  await addNode(6)
  await routesAre(2, 5, 6)
})

real(`a real API server has forgotten what changed meanwhile${how}`, async (t) => {
  stage.watching.kill('SIGSTOP')
  await removeNode(6)
  await addNode(7)
  await stage.machine.compact()
  await stage.machine.restart()
  await addNode(8)
  t.deepEqual(await routes(), [2, 5, 6])
  stage.watching.kill('SIGCONT')
  await routesAre(2, 5, 7, 8)
})
