// The data plane: what a new connection costs on its way through the rules, against kube-proxy's.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { closeLab, inject, judge, load, openLab } from './lab.js'
import { linearRules } from './linear.js'
import { inside, run, tool } from './machine.js'
import { applyArgv } from './netplan.js'
import { writeConfiguration } from './scenario.js'
import { alternate, median } from './statistics.js'

const CONNECTIONS = 1000
const BURST_US = 60_000
const LOSS = 0.01
const ATTEMPTS = 5

// One rule that fits no packet, but needs connection tracking: what that, routing and veths cost anyway.
const NOTHING = `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 192.0.2.1/32 -j DNAT --to-destination 10.8.0.1
COMMIT
`

/** @returns rows of the table: microseconds of CPU per packet, by where it goes */
export const measureData = async (job) => {
  const labs = {
    netplan: await openLab('ours'),
    reference: await openLab('linear'),
    floor: await openLab('floor'),
  }
  try {
    loadAll(labs, job)
    verify(labs.netplan, job)
    verify(labs.reference, job)
    return summarize(measureAll(labs, job), job)
  } finally {
    Object.values(labs).forEach(closeLab)
  }
}

function loadAll(labs, job) {
  const folder = writeConfiguration(join(job.scratch, 'data'), job.services)
  run(applyArgv({ ...job, namespace: labs.netplan.node }, folder))
  load(labs.reference, job.backend, linearRules(job.services))
  load(labs.floor, job.backend, NOTHING)
}

/** Real connections are answered by an endpoint of the right service, or the numbers mean nothing. */
function verify(lab, { services, scratch }) {
  const file = join(scratch, 'addresses')
  writeFileSync(file, services.map(({ address }) => `${address}\n`).join(''))
  const argv = ['perl', tool('connect.pl'), file, String(CONNECTIONS), '0']
  const { count, wrong } = judge(services, run(inside(lab.client, argv)))
  if (count !== CONNECTIONS || wrong.length > 0)
    throw new Error(`${lab.node}: wrong answers, ${wrong.length} of ${count}, as ${wrong[0]}`)
}

const targetsOf = (services) => {
  const addresses = services.map(({ address }) => address)
  return {
    first: addresses.slice(0, 1),
    middle: [addresses[addresses.length >> 1]],
    last: addresses.slice(-1),
    all: addresses,
    miss: ['10.9.77.7'],
  }
}

/** @returns the samples of every target in every lab */
function measureAll(labs, { services, rounds }) {
  const bursts = Object.entries(targetsOf(services)).flatMap(([target, addresses]) =>
    Object.entries(labs)
      .filter(([layout]) => layout !== 'floor' || target === 'miss')
      .map(([layout, lab]) => [`${target} ${layout}`, prepareBurst(lab, addresses)]),
  )
  return alternate(rounds || 5, Object.fromEntries(bursts))
}

// How many packets a burst takes to be long enough is tried once, which warms the caches as well.
function prepareBurst(lab, addresses) {
  const probe = burst(lab, addresses, 1000)
  const count = Math.round(Math.min(20_000, Math.max(2000, BURST_US / probe)))
  return () => burst(lab, addresses, count)
}

let runs = 0

/** Microseconds of CPU per packet. Where the machine was too busy to take them all, it is done again. */
function burst(lab, addresses, count) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { cpuUs, seen } = inject(lab, addresses, count, runs++)
    if (Math.abs(seen - count) <= count * LOSS) return cpuUs
  }
  throw new Error(`${lab.node}: packets are lost on the way, ${ATTEMPTS} times in a row`)
}

function summarize(samples, { services }) {
  const rows = Object.keys(targetsOf(services)).map((task) =>
    rowOf(task, { netplan: samples[`${task} netplan`], reference: samples[`${task} reference`] }),
  )
  return [...rows, rowOf('no rules', { reference: samples['miss floor'] })]
}

const rowOf = (task, samples) => ({
  task,
  metric: 'CPU us',
  ...Object.fromEntries(Object.entries(samples).map(([layout, all]) => [layout, median(all)])),
  samples,
})
