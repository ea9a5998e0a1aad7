// Programs, and what they cost.
import { spawnSync } from 'node:child_process'
import { cpus, machine, release } from 'node:os'
import { fileURLToPath } from 'node:url'

const MOST_OUTPUT = 1 << 30

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url))

export const tool = (name) => fileOf(`tools/${name}`)

/** Argument vector of a script of floors/: what a person would run by hand. */
export const floor = (name, ...args) => ['sh', fileOf(`floors/${name}`), ...args.map(String)]

/** Argument vector of a script of peers/: how another program does it. */
export const peer = (name, ...args) => ['sh', fileOf(`peers/${name}`), ...args.map(String)]

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
 * Runs a program to its end. What it prints goes nowhere: a pipe has a reader, which costs.
 * @returns microseconds of CPU of the whole tree of processes, milliseconds of wall time, and
 *   kilobytes of the largest process
 */
export const measure = (argv, input = '') => {
  const { stderr, output, error } = spawnSync('perl', [tool('measure.pl'), ...argv], {
    input,
    encoding: 'utf8',
    maxBuffer: MOST_OUTPUT,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  })
  if (error) throw error
  const cost = output[3] === '' ? { code: 'nothing' } : JSON.parse(output[3])
  if (cost.code !== 0) throw new Error(`${argv.join(' ')} failed with ${cost.code}:\n${stderr}`)
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
