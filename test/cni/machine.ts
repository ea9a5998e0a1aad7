import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { run } from '../run.ts'
import type { Ended } from '../run.ts'

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
}

/** A node's network, with /etc, /opt and /var of its own: what is written there goes with it. */
export interface Machine {
  /** What stands before a program, so that it runs there, as the same process. */
  readonly enter: readonly string[]
  /** Runs a program to its end, however it ends. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<Ended>
  end(): Promise<void>
}

// Namespaces that are made outside later on are to be seen here, but no mount of ours there.
const mounts = ['unshare', '--mount', '--propagation', 'slave', '--']

const script = `
  set -e
  mount -t tmpfs tmpfs /mnt
  for folder in etc opt var; do
    mkdir -p /mnt/$folder/upper /mnt/$folder/work
    mount -t overlay overlay -o lowerdir=/$folder,upperdir=/mnt/$folder/upper,workdir=/mnt/$folder/work /$folder
  done
  if [ "$1" = cgroups ]; then # the sandbox's /sys has none
    umount /sys
    mkdir /mnt/cgroup
    mount --rbind /sys/fs/cgroup /mnt/cgroup
    mount -t sysfs sysfs /sys
    mount --rbind /mnt/cgroup /sys/fs/cgroup
  fi
  echo ready
  exec cat # until we end, however that is`

// Reading this machine's certificates costs each Node process 45 ms.
const quiet = { NODE_EXTRA_CA_CERTS: undefined }

/** A machine around the network namespace of that name, where containers can have cgroups if they are to. */
export const openMachine = async (netns: string, cgroups = false): Promise<Machine> => {
  const into = [`--net=/run/netns/${netns}`, '--']
  const holder = spawn(
    'nsenter',
    [...into, ...mounts, 'sh', '-c', script, 'sh', cgroups ? 'cgroups' : ''],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  const ended = once(holder, 'close')
  const ready = await Promise.race([once(holder.stdout, 'data'), ended.then(() => undefined)])
  if (ready === undefined) throw new Error(`there is no machine around ${netns}`)
  const enter = ['nsenter', `--target=${holder.pid}`, '--net', '--mount', '--']
  return {
    enter,
    exec: (argv, { env = {}, input = '' } = {}) =>
      run([...enter, ...argv], { env: { ...quiet, ...env }, input }),
    end: async () => {
      holder.stdin.end()
      await ended
    },
  }
}
