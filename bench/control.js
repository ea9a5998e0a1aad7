// The control plane: what a run of netplan costs, against the programs that it runs.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { inside, measure, run } from './machine.js'
import { applyArgv, planArgv, readArgv, scriptArgv, validateArgv, versionArgv } from './netplan.js'
import { withChange, writeConfiguration } from './scenario.js'
import { alternate, median } from './statistics.js'

const NODE = 'node'
const onNode = (job) => ({ ...job, namespace: NODE })

/** @returns rows of the table: CPU time, wall time and memory of each task */
export const measureControl = (job) => {
  const files = writeFiles(job)
  const rounds = job.rounds || 3
  try {
    return [
      ...compare('start', rounds, { netplan: () => measure(versionArgv(job)) }),
      ...compare('validate', rounds, { netplan: () => measure(validateArgv(job, files.before)) }),
      ...compare('first load', rounds, firstLoads(job, files)),
      ...compare('empty plan', rounds, emptyPlans(job, files)),
      ...compare('endpoint change', rounds, endpointChanges(job, files)),
    ]
  } finally {
    removeNode()
  }
}

function writeFiles({ services, scratch }) {
  const changed = withChange(services, services.length >> 1)
  const scripts = join(scratch, 'scripts')
  rmSync(scripts, { recursive: true, force: true })
  mkdirSync(scripts)
  return {
    before: writeConfiguration(join(scratch, 'before'), services),
    after: writeConfiguration(join(scratch, 'after'), changed),
    scripts,
  }
}

const makeNode = () => {
  removeNode()
  run(['ip', 'netns', 'add', NODE])
  run(['ip', '-n', NODE, 'link', 'set', 'dev', 'lo', 'up'])
}

const removeNode = () => {
  if (run(['ip', 'netns', 'list']).split(/\s/).includes(NODE)) run(['ip', 'netns', 'del', NODE])
}

/**
 * All begin with an empty node. The script is what `apply` runs there, batch by batch; `alone` is its
 * result at once and without what was there before, so that bad batches do not excuse themselves.
 */
const firstLoads = (job, { before, scripts }) => ({
  netplan: () => {
    makeNode()
    return measure(applyArgv(onNode(job), before))
  },
  reference: () => {
    makeNode()
    return measureScript(job, before, join(scripts, 'first-load'))
  },
  alone: () => {
    const rules = run(inside(NODE, [`iptables-${job.backend}-save`]))
    makeNode()
    return measure(inside(NODE, [`iptables-${job.backend}-restore`, '-w', '5']), rules)
  },
})

// The same node and the same file give the same script, so that it is made once.
function measureScript(job, file, script) {
  if (!existsSync(script)) writeFileSync(script, run(scriptArgv(onNode(job), file)))
  return measure(inside(NODE, ['sh', script]))
}

/** The node has what the file says. */
const emptyPlans = (job, { before }) => {
  makeNode()
  run(applyArgv(onNode(job), before))
  return {
    netplan: () => measure(planArgv(onNode(job), before)),
    reference: () => measure(readArgv(job, NODE)),
  }
}

/** Each changes one endpoint of one service, to and fro. */
const endpointChanges = (job, { before, after, scripts }) => {
  let isBefore = true
  const next = () => {
    isBefore = !isBefore
    return isBefore ? before : after
  }
  return {
    netplan: () => measure(applyArgv(onNode(job), next())),
    reference: () => {
      const file = next()
      return measureScript(job, file, join(scripts, `to-${basename(file)}`))
    },
  }
}

const METRICS = { 'CPU ms': ({ cpuUs }) => cpuUs / 1000, 'wall ms': ({ wallMs }) => wallMs }
const MEMORY = { 'peak MB': ({ rssKb }) => rssKb / 1024 }

function compare(task, rounds, candidates) {
  const costs = alternate(rounds, candidates)
  return Object.entries({ ...METRICS, ...MEMORY }).map(([metric, of]) => {
    const samples = mapValues(costs, (all) => all.map(of))
    return { task, metric, ...mapValues(samples, median), samples }
  })
}

const mapValues = (object, map) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
