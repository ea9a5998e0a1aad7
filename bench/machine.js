// Programs, and what they cost.
import { spawnSync } from 'node:child_process'
import { cpus, machine, release } from 'node:os'
import { fileURLToPath } from 'node:url'

const MOST_OUTPUT = 1 << 30

export const tool = (name) => fileURLToPath(new URL(`tools/${name}`, import.meta.url))

/** Argument vector of a program within a network namespace of /run/netns. */
export const inside = (namespace, argv) => [
  'nsenter',
  `--net=/run/netns/${namespace}`,
  '--',
  ...argv,
]

/** Runs a program to its end and gives what it printed. A failure is the end of the run. */
export const run = (argv, input = '') => {
  const [program, ...args] = argv
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${argv.join(' ')} failed with ${status}:\n${stderr}${stdout}`)
  return stdout
}

/**
 * Runs a program to its end.
 * @returns microseconds of CPU of the whole tree of processes, milliseconds of wall time, and
 *   kilobytes of the largest process
 */
export const measure = (argv, input = '') => {
  const { stdout, stderr, output, error } = spawnSync('perl', [tool('measure.pl'), ...argv], {
    input,
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  if (error) throw error
  const cost = output[3] === '' ? { code: 'nothing' } : JSON.parse(output[3])
  if (cost.code !== 0)
    throw new Error(`${argv.join(' ')} failed with ${cost.code}:\n${stderr}${stdout}`)
  return cost
}

export const describeMachine = () => ({
  date: new Date().toISOString(),
  kernel: release(),
  architecture: machine(),
  processors: cpus().length,
  model: cpus()[0]?.model,
  node: process.version,
  iptables: run(['iptables', '--version']).trim(),
})
