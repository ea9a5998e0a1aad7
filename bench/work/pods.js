// P(n): a bridge, and n namespaces with an address and a default route each, behind a veth.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floor, measure, peer, run } from '../machine.js'
import { applyArgv, planArgv } from '../netplan.js'
import { clearNode } from '../node.js'
import { findCni } from '../peers.js'
import { planRows } from '../plans.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'
import { GATEWAY, podsText } from './pods-config.js'

const SIZES = [100, 500]

export const measurePods = (job) => SIZES.flatMap((n) => measureSize(job, n))

function measureSize(job, n) {
  const pods = openPods(job, n)
  const batches = join(job.scratch, `pods-${n}`)
  run(floor('pods-batches.sh', n, batches))
  try {
    job.say(`P(${n}): apply`)
    const applied = alternate(job.rounds, { ...applies(pods, batches), ...cniAdds(job, n) })
    job.say(`P(${n}): plan`)
    const planned = planRows(job.rounds, `plan P(${n})`, plans(pods))
    return [...planned, rowOf(`apply P(${n})`, applied)]
  } finally {
    pods.close()
  }
}

/** P(n): its file, and the node that is to have it. */
export const openPods = (job, n) => {
  const file = join(job.scratch, `pods-${n}.yaml`)
  writeFileSync(file, podsText(n))
  return { job, file, empty: clearNode, close: clearNode }
}

/** Both begin with nothing, look at it, make all, and look again. */
const applies = ({ job, file, empty }, batches) => ({
  netplan: () => {
    empty()
    return measure(applyArgv(job, file))
  },
  floor: () => {
    empty()
    return measure(floor('apply-pods.sh', batches))
  },
})

/** CNI is given its namespaces: those are not its work. */
function cniAdds({ scratch }, n) {
  const folder = findCni()
  if (folder === undefined) return {}
  const configuration = join(scratch, 'cni.json')
  const dataDir = join(scratch, 'cni')
  writeFileSync(configuration, JSON.stringify(cniConfiguration(dataDir)))
  const namespaces = Array.from({ length: n }, (_, index) => `netns add pod${index + 1}\n`).join('')
  return {
    cni: () => {
      clearNode()
      rmSync(dataDir, { recursive: true, force: true })
      run(['ip', '-batch', '-'], namespaces)
      return measure(peer('cni-add.sh', n, join(folder, 'bridge'), configuration))
    },
  }
}

const cniConfiguration = (dataDir) => ({
  cniVersion: '0.4.0',
  name: 'pods',
  type: 'bridge',
  bridge: 'br0',
  isDefaultGateway: true,
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.1.0.0/16', gateway: GATEWAY }]],
    dataDir,
  },
})

/** The node has what the file says. */
const plans = ({ job, file, empty }) => {
  empty()
  run(applyArgv(job, file))
  return {
    netplan: () => measure(planArgv(job, file)),
    floor: () => measure(floor('read.sh')),
  }
}
