// P(n): a bridge, and n namespaces with an address and a default route each, behind a veth.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { floor, measure, peer, run } from '../machine.js'
import { applyArgv, planArgv } from '../netplan.js'
import { clearNode } from '../node.js'
import { findCni } from '../peers.js'
import { rowOf } from '../rows.js'
import { alternate } from '../statistics.js'

const SIZES = [100, 500]
const GATEWAY = '10.1.255.254'

export const measurePods = (job) => SIZES.flatMap((n) => measureSize(job, n))

function measureSize(job, n) {
  const files = writeFiles(job, n)
  try {
    job.say(`P(${n}): apply`)
    const applied = alternate(job.rounds, { ...applies(job, files), ...cniAdds(job, n) })
    job.say(`P(${n}): plan`)
    const planned = alternate(job.rounds, plans(job, files))
    return [rowOf(`plan P(${n})`, planned), rowOf(`apply P(${n})`, applied)]
  } finally {
    clearNode()
  }
}

function writeFiles({ scratch }, n) {
  const files = { yaml: join(scratch, `pods-${n}.yaml`), batches: join(scratch, `pods-${n}`) }
  writeFileSync(files.yaml, podsText(n))
  run(floor('pods-batches.sh', n, files.batches))
  return files
}

/** P(n) as netplan reads it. */
const podsText = (n) => {
  const numbers = Array.from({ length: n }, (_, index) => index + 1)
  return [
    'version: 1',
    `bridges: { br0: { addresses: [${GATEWAY}/16] } }`,
    'namespaces:',
    ...numbers.map((number) => `  pod${number}: {}`),
    'veths:',
    ...numbers.flatMap(vethLines),
    '',
  ].join('\n')
}

const vethLines = (number) => [
  `  veth${number}:`,
  '    bridge: br0',
  '    peer:',
  '      name: eth0',
  `      namespace: pod${number}`,
  `      addresses: [10.1.${number >> 8}.${number & 255}/16]`,
  `      routes: [{ to: default, via: ${GATEWAY} }]`,
]

/** Both begin with nothing, look at it, make all, and look again. */
const applies = (job, { yaml, batches }) => ({
  netplan: () => {
    clearNode()
    return measure(applyArgv(job, yaml))
  },
  floor: () => {
    clearNode()
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
const plans = (job, { yaml }) => {
  clearNode()
  run(applyArgv(job, yaml))
  return {
    netplan: () => measure(planArgv(job, yaml)),
    floor: () => measure(floor('read.sh')),
  }
}
