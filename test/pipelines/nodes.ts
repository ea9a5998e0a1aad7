// Two nodes of a cluster in namespaces of their own, and a folder from which a pipeline reaches them by a stand-in for
// ssh that does what ssh does: it has a shell of the node run what it is given.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { program } from '../commands/cli.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import { root, run } from '../run.ts'
import type { Ended } from '../run.ts'

export const examples = join(root, 'examples/pipelines')

/** The cluster of both nodes, and what else the file is to say. */
export const fleet = (more = ''): string => `cluster:
  podCIDR: 10.244.0.0/16
  nodeCIDR: 172.16.0.0/24
  podCIDRFrom: hostNumber
  interface: eth0
  nodes:
    node-1: { address: 172.16.0.1 }
    node-2: { address: 172.16.0.2 }
${more}`

export interface Workplace {
  readonly folder: string
  readonly nodes: readonly TestNode[]
  write(name: string, text: string): void
  read(name: string): string
  remove(): void
  /** Runs a program in the folder, with the pipeline's programs in its PATH. */
  run(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
}

const prepare = (node: TestNode, address: string): void => {
  const wire = node.ns('wire')
  node.ip(`netns add ${wire}`)
  node.ip(`link add name eth0 type veth peer name other0 netns ${wire}`)
  node.ip('link set dev other0 up', wire)
  node.ip(`address add ${address}/24 dev eth0`)
  node.ip('link set dev eth0 up')
}

/** A folder with a copy of an example's files. */
export const createWorkplace = (example: string): Workplace => {
  const folder = mkdtempSync('/run/netplan-test-')
  cpSync(join(examples, example), folder, { recursive: true })
  const nodes = [createNode(), createNode()]
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const script = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  script('netplan', `exec ${program.join(' ')} "$@"`)
  const hosts = nodes.map(({ name }, index) => `node-${index + 1}) at=${name} ;;`)
  script(
    'to-node',
    `case $1 in ${hosts.join(' ')} *) exit 255 ;; esac
shift
exec nsenter --net=/run/netns/$at -- sh -c "$*"`,
  )
  for (const [index, node] of nodes.entries()) prepare(node, `172.16.0.${index + 1}`)
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`
  const env = {
    PATH: path,
    NETPLAN_FILE: 'netplan.yaml',
    NODES: 'node-1 node-2',
    NETPLAN_SSH: 'to-node',
  }
  return {
    folder,
    nodes,
    write: (name, text) => writeFileSync(join(folder, name), text),
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    run: (argv, more) => run(argv, { cwd: folder, env: { ...env, ...more } }),
    remove: () => {
      for (const node of nodes) node.remove()
      rmSync(folder, { recursive: true })
    },
  }
}
