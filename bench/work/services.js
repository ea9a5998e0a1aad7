// S(n): n services of four endpoints each, by either engine of iptables.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linearRules } from '../linear.js'
import { floor, inside, measure, run } from '../machine.js'
import { applyArgv, planArgv, scriptArgv } from '../netplan.js'
import { makeNamespace, removeNamespace } from '../node.js'
import { planRows } from '../plans.js'
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
  const linear = join(job.scratch, 'linear')
  writeFileSync(linear, linearRules(services))
  const after = writeConfiguration(join(job.scratch, 'changed'), withChange(services, N >> 1))
  return ENGINES.flatMap((backend) =>
    measureEngine({ ...openServices({ ...job, backend }, N), after, linear }),
  )
}

/** S(n): its files, and the node that is to have it. */
export const openServices = (job, n) => {
  const file = writeConfiguration(join(job.scratch, `services-${n}`), makeServices(n))
  const empty = () => makeNamespace(NODE)
  const close = () => removeNamespace(NODE)
  return { job: { ...job, namespace: NODE }, file, empty, close }
}

function measureEngine(services) {
  const { job, close } = services
  const title = `S(${N}) ${job.backend}`
  const row = (task, candidates) => {
    job.say(`${title}: ${task}`)
    return rowOf(`${task} ${title}`, alternate(job.rounds, candidates(services)))
  }
  const planned = () => {
    job.say(`${title}: plan`)
    return planRows(job.rounds, `plan ${title}`, plans(services))
  }
  try {
    return [row('apply', applies), ...planned(), row('change', changes)]
  } finally {
    close()
    removeNamespace(LINEAR)
  }
}

/** All begin with an empty node. */
const applies = ({ job, file, linear, empty }) => ({
  netplan: () => {
    empty()
    return measure(applyArgv(job, file))
  },
  floor: () => {
    empty()
    return measureScript(job, file, 'load')
  },
  'kube-proxy': upTo(PEER_ROUNDS, () => {
    makeNamespace(LINEAR)
    return measure(inside(LINEAR, [`iptables-${job.backend}-restore`, linear]))
  }),
})

// The same node and the same file give the same script, so that it is made once.
function measureScript(job, file, name) {
  const script = join(job.scratch, `${name}-${job.backend}.sh`)
  if (!existsSync(script)) writeFileSync(script, run(scriptArgv(job, file)))
  return measure(inside(NODE, floor('apply-rules.sh', job.backend, script)))
}

/** The node has what the file says, and next to it is one with kube-proxy's rules. */
const plans = ({ job, file, empty }) => {
  empty()
  run(applyArgv(job, file))
  const read = (namespace) => measure(inside(namespace, floor('read-rules.sh', job.backend)))
  return {
    netplan: () => measure(planArgv(job, file)),
    floor: () => read(NODE),
    'kube-proxy': upTo(PEER_ROUNDS, () => read(LINEAR)),
  }
}

/** Each changes one endpoint of one service, to and fro. */
const changes = ({ job, file, after }) => {
  let isChanged = false
  const next = () => {
    isChanged = !isChanged
    return isChanged ? after : file
  }
  return {
    netplan: () => measure(applyArgv(job, next())),
    floor: () => measureScript(job, next(), isChanged ? 'change' : 'change-back'),
  }
}
