// How netplan is started.
import { inside } from './machine.js'

/**
 * @param job has the path of the program; where they matter, the namespace that stands for the node and
 *   the engine of iptables
 */
const start = ({ netplan, namespace, backend }, command, ...rest) => [
  ...[process.execPath, netplan, command],
  ...(namespace === undefined ? [] : ['--netns', namespace]),
  ...(backend === undefined ? [] : ['--iptables', backend]),
  ...rest,
]

export const applyArgv = (job, file) => start(job, 'apply', '--auto-approve', '-f', file)

/** Ends with code 2 where there is something to change. */
export const planArgv = (job, file) => start(job, 'plan', '--detailed-exitcode', '-f', file)

/** Prints what `apply` would run. */
export const scriptArgv = (job, file) => start(job, 'plan', '--format', 'script', '-f', file)

/** Reads the files, and nothing of the node. */
export const validateArgv = ({ netplan }, file) => start({ netplan }, 'validate', '-f', file)

export const versionArgv = ({ netplan }) => start({ netplan }, '--version')
export const helpArgv = ({ netplan }) => start({ netplan }, '--help')

/** What a plan reads of the rules (src/kernel/firewall.ts): legacy is read where it is in use, nft always. */
export const readArgv = ({ backend }, namespace) => {
  const engines = backend === 'nft' ? ['nft'] : ['nft', 'legacy']
  const programs = engines.flatMap((engine) => [
    `iptables-${engine}-save`,
    `ip6tables-${engine}-save`,
  ])
  return inside(namespace, ['sh', '-c', `{ ${programs.join(' && ')}; } >/dev/null`])
}
