// How netplan is started, and what it is compared with.
import { inside } from './machine.js'

const start = ({ netplan, backend }, command, namespace, rest) => [
  ...[process.execPath, netplan, command, '--netns', namespace, '--iptables', backend],
  ...rest,
]

/** `job` has the path of the program and the backend. */
export const applyArgv = (job, namespace, file) =>
  start(job, 'apply', namespace, ['--auto-approve', '-f', file])

/** Ends with code 2 where there is something to change. */
export const planArgv = (job, namespace, file) =>
  start(job, 'plan', namespace, ['--detailed-exitcode', '-f', file])

/** Prints what `apply` would run. */
export const scriptArgv = (job, namespace, file) =>
  start(job, 'plan', namespace, ['--format', 'script', '-f', file])

/** Reads the files, and nothing of the node. */
export const validateArgv = ({ netplan }, file) => [
  process.execPath,
  netplan,
  'validate',
  '-f',
  file,
]

/** The start of node and of the program, and nothing else. */
export const versionArgv = ({ netplan }) => [process.execPath, netplan, '--version']

/** What a plan reads of the rules (src/kernel/firewall.ts): legacy is read where it is in use, nft always. */
export const readArgv = ({ backend }, namespace) => {
  const engines = backend === 'nft' ? ['nft'] : ['nft', 'legacy']
  const programs = engines.flatMap((engine) => [
    `iptables-${engine}-save`,
    `ip6tables-${engine}-save`,
  ])
  return inside(namespace, ['sh', '-c', `{ ${programs.join(' && ')}; } >/dev/null`])
}
