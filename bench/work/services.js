// S(n): n services of four endpoints each, by either engine of iptables.
import { existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { linearRules } from '../linear.js'
import { floor, inside, measure, run } from '../machine.js'
import { applyArgv, planArgv, scriptArgv } from '../netplan.js'
import { makeNamespace, removeNamespace } from '../node.js'
import { rowOf } from '../rows.js'
import { makeServices, withChange, writeConfiguration } from '../scenario.js'
import { alternate, upTo } from '../statistics.js'

const N = 10_000
const ENGINES = ['nft', 'legacy']
const NODE = 'services'
const LINEAR = 'linear'

// kube-proxy's layout takes a minute to load and to list: three samples tell what there is to tell.
const PEER_ROUNDS = 3

export const measureServices = (job) => {
  const services = makeServices(N)
  const scratch = join(job.scratch, 'services')
  const files = {
    before: writeConfiguration(join(scratch, 'before'), services),
    after: writeConfiguration(join(scratch, 'after'), withChange(services, N >> 1)),
    linear: join(scratch, 'linear'),
    scripts: scratch,
  }
  writeFileSync(files.linear, linearRules(services))
  return ENGINES.flatMap((backend) => measureEngine({ ...job, backend, namespace: NODE }, files))
}

function measureEngine(job, files) {
  const title = `S(${N}) ${job.backend}`
  const row = (task, candidates) => {
    job.say(`${title}: ${task}`)
    return rowOf(`${task} ${title}`, alternate(job.rounds, candidates))
  }
  try {
    return [
      row('apply', applies(job, files)),
      row('plan', plans(job, files)),
      row('change', changes(job, files)),
    ]
  } finally {
    removeNamespace(NODE)
    removeNamespace(LINEAR)
  }
}

/** All begin with an empty node. */
const applies = (job, { before, scripts, linear }) => ({
  netplan: () => {
    makeNamespace(NODE)
    return measure(applyArgv(job, before))
  },
  floor: () => {
    makeNamespace(NODE)
    return measureScript(job, before, join(scripts, `load-${job.backend}`))
  },
  'kube-proxy': upTo(PEER_ROUNDS, () => {
    makeNamespace(LINEAR)
    return measure(inside(LINEAR, [`iptables-${job.backend}-restore`, linear]))
  }),
})

// The same node and the same file give the same script, so that it is made once.
function measureScript(job, file, script) {
  if (!existsSync(script)) writeFileSync(script, run(scriptArgv(job, file)))
  return measure(inside(NODE, floor('apply-rules.sh', job.backend, script)))
}

/** The node has what the file says, and next to it is one with kube-proxy's rules. */
const plans = (job, { before }) => {
  makeNamespace(NODE)
  run(applyArgv(job, before))
  const read = (namespace) => measure(inside(namespace, floor('read-rules.sh', job.backend)))
  return {
    netplan: () => measure(planArgv(job, before)),
    floor: () => read(NODE),
    'kube-proxy': upTo(PEER_ROUNDS, () => read(LINEAR)),
  }
}

/** Each changes one endpoint of one service, to and fro. */
const changes = (job, { before, after, scripts }) => {
  let isBefore = true
  const next = () => {
    isBefore = !isBefore
    return isBefore ? before : after
  }
  return {
    netplan: () => measure(applyArgv(job, next())),
    floor: () => {
      const file = next()
      return measureScript(job, file, join(scripts, `to-${basename(file)}-${job.backend}`))
    },
  }
}
