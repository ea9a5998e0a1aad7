// node bench/watch.js: what `netplan watch` costs a node at rest, and what a hundred thousand events leave behind. See README.md.
import { spawn } from 'node:child_process'
import { get } from 'node:http'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './machine.js'
import { OWN_NETPLAN, readOptions, text } from './options.js'
import { inSandbox, SCRATCH } from './sandbox.js'
import { makeServices, servicesConfig } from './scenario.js'
import { podsText } from './work/pods-config.js'

const options = readOptions(
  {
    netplan: text(OWN_NETPLAN),
    resync: text('30'),
    seconds: text('180'),
    events: text('100000'),
    pods: text('100'),
    services: text('1000'),
  },
  'node bench/watch.js [--seconds N] [--resync SECONDS] [--events N] [--pods N] [--services N] [--netplan FILE]',
)

const PORT = 9476
const BATCH = 1000

async function measure() {
  const folder = join(SCRATCH, 'watched')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'pods.yaml'), podsText(Number(options.pods)))
  const services = { ...servicesConfig(makeServices(Number(options.services))), version: undefined }
  writeFileSync(join(folder, 'services.json'), JSON.stringify(services))
  const child = start(folder)
  await until(async () => (await rounds()).in_sync > 1)
  await rest(child)
  await storm(child, folder)
  child.kill('SIGTERM')
}

const start = (folder) =>
  spawn(
    process.execPath,
    [options.netplan, 'watch', '-f', folder, '--resync', `${options.resync}s`]
      .concat('--state-dir', join(SCRATCH, 'state'), '--log-level', 'error')
      // Many wishes in a row are no accident here.
      .concat('--max-delete', '100%'),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )

/** A node where nothing happens. */
async function rest(child) {
  await sleep(15_000) // what is new settles
  const before = cpuOf(child.pid)
  await sleep(Number(options.seconds) * 1000)
  const share = ((cpuOf(child.pid) - before) / Number(options.seconds)) * 100
  const { pods, services, resync } = options
  console.log(
    `at rest, ${pods} pods, ${services} services, a look each ${resync} s: ${share.toFixed(2)} % of a core, ${memoryOf(child.pid)} MB`,
  )
}

/** Routes that come and go, and a file that changes with each thousand of them. */
async function storm(child, folder) {
  const before = stateOf(child.pid)
  let most = 0
  const pairs = Array.from({ length: BATCH / 2 }, (_, index) => {
    const to = `10.200.${index >> 8}.${index & 255}`
    return `route add ${to} dev br0\nroute del ${to} dev br0\n`
  }).join('')
  for (let sent = 0; sent < Number(options.events); sent += BATCH) {
    run(['ip', '-batch', '-'], pairs)
    writeFileSync(
      join(folder, 'more.yaml'),
      `routes: [{ to: 10.201.${(sent / BATCH) % 256}.0/24, via: 10.1.0.2 }]\n`,
    )
    await sleep(300)
    most = Math.max(most, memoryOf(child.pid))
  }
  await sleep(45_000) // the last looks, and one at rest
  const after = stateOf(child.pid)
  const { in_sync: still, applied } = await rounds()
  console.log(
    `${options.events} events: ${still} looks, ${applied} applies; memory ${before.memory} -> ${after.memory} MB (${most} at most), open files ${before.files} -> ${after.files}`,
  )
}

const status = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8')

const memoryOf = (pid) => Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status(pid))[1]) / 1024)

const stateOf = (pid) => ({ memory: memoryOf(pid), files: readdirSync(`/proc/${pid}/fd`).length })

/** Seconds of CPU, with those of programs that have ended. */
const cpuOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

/** Looks so far, by what they came to. */
async function rounds() {
  const text = await ask('/metrics')
  const lines = text.matchAll(/^netplan_rounds_total\{outcome="(\w+)"\} (\d+)/gm)
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]))
}

/** What it answers; nothing where it does not listen yet. */
const ask = (path) =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port: PORT, path }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => resolve(body))
    }).on('error', () => resolve(''))
  })

async function until(isSo) {
  while (!(await isSo())) await sleep(200)
}

await inSandbox(measure)
