// How netplan is started.

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
