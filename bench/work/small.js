// M: a small node, as small.yaml has it.
import { fileURLToPath } from 'node:url'
import { floor, measure, peer, run } from '../machine.js'
import { applyArgv, planArgv, validateArgv } from '../netplan.js'
import { clearNode, clearRules } from '../node.js'
import { findIfupdown2 } from '../peers.js'
import { planRows } from '../plans.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'

const FILE = fileURLToPath(new URL('small.yaml', import.meta.url))
const INTERFACES = fileURLToPath(new URL('small.interfaces', import.meta.url))

// Those of the file, and one that is read for the service.
const PARAMETERS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.eth0.rp_filter',
  'net.ipv4.conf.default.forwarding',
]

export const measureSmall = (job) => [validate(job), ...plan(job)]

const validate = (job) => {
  const candidates = {
    netplan: () => measure(validateArgv(job, FILE)),
    floor: () => measure([process.execPath, '-e', '0']),
  }
  return rowOf('validate M', alternate(job.rounds, candidates))
}

function plan(job) {
  makeUplink()
  try {
    run(applyArgv(job, FILE))
    const candidates = {
      netplan: () => measure(planArgv(job, FILE)),
      floor: () => measure(floor('plan-small.sh', ...PARAMETERS)),
      ...ifupdown2Checks(),
    }
    return planRows(job.rounds, 'plan M', candidates)
  } finally {
    clearNode()
    clearRules()
  }
}

/** It looks at a part of the same node. */
const ifupdown2Checks = () =>
  findIfupdown2() ? { ifupdown2: () => measure(peer('ifupdown2-check.sh', INTERFACES)) } : {}

/** What a machine has before anybody configures it: a device that leads out, with an address. */
function makeUplink() {
  const lines = [
    'link add name eth0 up type veth peer name wire',
    'link set dev wire up',
    'addr add 172.18.0.2/24 dev eth0',
    'route add default via 172.18.0.1',
  ]
  run(['ip', '-batch', '-'], `${lines.join('\n')}\n`)
}
