import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeCgroups } from './cgroups.ts'
import { command } from './rootfs.ts'
import { succeed, write } from './runtime.ts'
import type { ContainerRuntime, RuntimeOptions } from './runtime.ts'

/** A program of the lab's machine that goes on beside us. */
interface Beside {
  isRunning(): boolean
  /** Its end, with what it printed as errors. */
  readonly ended: Promise<string>
  kill(): void
}

const startBeside = ({ lab }: RuntimeOptions, argv: readonly string[]): Beside => {
  const [program = '', ...args] = [...lab.machine.enter, ...argv]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let told = ''
  child.stderr.on('data', (data: Buffer) => (told += data.toString()))
  return {
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended: once(child, 'close').then(() => told),
    kill: () => void child.kill(),
  }
}

/** Tries until there is something, for 20 s. */
const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < 400; tries++) {
    const seen = await look()
    if (seen !== undefined) return seen
    await sleep(50)
  }
  throw new Error(`${what}: not after 20 s`)
}

/** A task runs when its network is there. */
const pidIn = (tasks: string, name: string): number | undefined => {
  const [, pid] = new RegExp(`^${name}\\s+(\\d+)\\s+RUNNING`, 'm').exec(tasks) ?? []
  return pid === undefined ? undefined : Number(pid)
}

/** Its plugins and its network, where it looks for them. */
const prepare = async ({ lab, network, path }: RuntimeOptions): Promise<void> => {
  const script =
    'rm -rf /etc/cni/net.d; mkdir -p /opt/cni/bin; for folder; do ln -s "$folder"/* /opt/cni/bin; done'
  await succeed(lab, ['sh', '-c', script, 'sh', ...path])
  await write(lab, `/etc/cni/net.d/10-${network.name}.conflist`, JSON.stringify(network))
}

/** `ctr run --cni`, with a containerd of its own. It has no capability to offer. */
export const startContainerd = async (options: RuntimeOptions): Promise<ContainerRuntime> => {
  await prepare(options)
  const { lab, rootfs } = options
  const namespace = lab.node.name
  const socket = `${lab.folder}/containerd.sock`
  const places = ['--root', '/var/lib/containerd', '--state', `${lab.folder}/containerd`]
  const daemon = startBeside(options, ['containerd', '--address', socket, ...places])
  const client = ['ctr', '--address', socket, '--namespace', namespace]
  const tasks = async (): Promise<string | undefined> => {
    if (!daemon.isRunning()) throw new Error(`containerd: ${await daemon.ended}`)
    const { code, stdout } = await lab.machine.exec([...client, 'task', 'ls'])
    return code === 0 ? stdout : undefined
  }
  await until('containerd', tasks)
  const running = new Map<string, Beside>()
  const remove = async (name: string): Promise<void> => {
    await succeed(lab, [...client, 'task', 'kill', '--signal', 'KILL', name])
    await running.get(name)?.ended
    running.delete(name)
  }
  return {
    start: async ({ name }) => {
      const run = ['run', '--rm', '--cni', '--rootfs', rootfs, name, ...command]
      const container = startBeside(options, [...client, ...run])
      running.set(name, container)
      return until(name, async () => {
        if (!container.isRunning()) throw new Error(`ctr run: ${await container.ended}`)
        return pidIn((await tasks()) ?? '', name)
      })
    },
    remove,
    end: async () => {
      for (const name of running.keys()) await remove(name)
      daemon.kill()
      await daemon.ended
      await removeCgroups(lab, namespace)
    },
  }
}
