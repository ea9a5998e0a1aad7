import { NodeError } from '../kernel/namespaces.ts'
import { StartError } from '../kernel/run.ts'
import { UnsafeStateError } from '../kernel/trust.ts'
import { exitCodes, Failure } from './failure.ts'

/** What Debian calls the package that a program comes with. */
const packages: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  ping: 'iputils-ping',
  ss: 'iproute2',
  bridge: 'iproute2',
  sysctl: 'procps',
  nsenter: 'util-linux',
  flock: 'util-linux',
  unshare: 'util-linux',
}

const packageOf = (program: string): string =>
  /^ip6?tables/.test(program) ? 'iptables' : (packages[program] ?? program)

/** A program that is missing, or may not be started. */
export const startFailure = ({ program, code, message }: StartError): Failure => {
  if (code !== 'ENOENT') return new Failure(exitCodes.missing, 'missing-privilege', message)
  const text = `the program ${program} is missing: apt-get install ${packageOf(program)}`
  return new Failure(exitCodes.missing, 'missing-program', text)
}

const fromNode = ({ code, message }: NodeError): Failure =>
  code === 'EPERM' || code === 'EACCES'
    ? new Failure(exitCodes.missing, 'missing-privilege', `${message} (are you root? try sudo)`)
    : new Failure(exitCodes.error, 'node', message)

/** What a node, and not the caller, is to blame for; undefined: it is something else. */
export const nodeFailure = (error: unknown): Failure | undefined => {
  if (error instanceof StartError) return startFailure(error)
  if (error instanceof NodeError) return fromNode(error)
  if (error instanceof UnsafeStateError)
    return new Failure(exitCodes.error, 'unsafe-state', error.message)
  return undefined
}
