import type { Network } from '../chain.ts'
import type { Lab } from '../lab.ts'

/** What one container is to have. */
export interface Container {
  readonly name: string
  readonly portMappings?: readonly {
    readonly hostPort: number
    readonly containerPort: number
    readonly protocol: string
  }[]
}

/** A container runtime with one network, on the machine of a lab. */
export interface ContainerRuntime {
  /** Starts it, and returns a process of it. */
  start(container: Container): Promise<number>
  /** Ends it, and waits until it is gone. */
  remove(name: string): Promise<void>
  /** Ends all that is still there. */
  end(): Promise<void>
}

export interface RuntimeOptions {
  readonly lab: Lab
  readonly network: Network
  /** Where plugins are. */
  readonly path: readonly string[]
  /** A folder with what is in a container. */
  readonly rootfs: string
}

/** Runs a program on the lab's machine that has to succeed, and returns what it printed. */
export const succeed = async ({ machine }: Lab, argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await machine.exec(argv)
  if (code === 0) return stdout.trim()
  throw new Error(`${argv.join(' ')}: exit ${code}\n${stdout}${stderr}`)
}

/** Writes a file on the lab's machine. */
export const write = async ({ machine }: Lab, file: string, text: string): Promise<void> => {
  const script = 'mkdir -p "${1%/*}" && cat >"$1"'
  const { code, stderr } = await machine.exec(['sh', '-c', script, 'sh', file], { input: text })
  if (code !== 0) throw new Error(`${file}: ${stderr}`)
}
