import { removeCgroups } from './cgroups.ts'
import { command } from './rootfs.ts'
import { succeed, write } from './runtime.ts'
import type { Container, ContainerRuntime, RuntimeOptions } from './runtime.ts'

const configurationOf = ({ path }: RuntimeOptions): string =>
  [
    '[network]',
    'network_backend = "cni"',
    `cni_plugin_dirs = [${path.map((folder) => JSON.stringify(folder)).join(', ')}]`,
    'network_config_dir = "/etc/cni/net.d"',
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "none"',
    '',
  ].join('\n')

// More than it may have, which is refused where it may have less.
const limits = ['nofile', 'nproc'].flatMap((limit) => ['--ulimit', `${limit}=1024:1024`])

const publish = ({ portMappings = [] }: Container): string[] =>
  portMappings.flatMap(({ hostPort, containerPort, protocol }) => [
    '--publish',
    `${hostPort}:${containerPort}/${protocol}`,
  ])

/** `podman run --network`, with its backend for CNI. */
export const startPodman = async (options: RuntimeOptions): Promise<ContainerRuntime> => {
  const { lab, network, rootfs } = options
  const group = lab.node.name
  await succeed(lab, ['rm', '-rf', '/etc/cni/net.d'])
  await write(lab, `/etc/cni/net.d/10-${network.name}.conflist`, JSON.stringify(network))
  await write(lab, '/etc/containers/containers.conf', configurationOf(options))
  const places = ['--root', '/var/lib/containers', '--runroot', `${lab.folder}/podman`]
  const podman = ['podman', ...places, '--storage-driver', 'vfs']
  const names = new Set<string>()
  const remove = async (name: string): Promise<void> => {
    await succeed(lab, [...podman, 'rm', '--force', '--time', '0', name])
    names.delete(name)
  }
  return {
    start: async (container) => {
      const { name } = container
      names.add(name)
      await succeed(lab, [
        ...podman,
        ...['run', '--detach', '--name', name, '--runtime', 'runc', '--cgroup-parent', group],
        ...['--no-hosts', '--network', network.name, ...limits, ...publish(container)],
        ...['--rootfs', rootfs, ...command],
      ])
      return Number(await succeed(lab, [...podman, 'inspect', '--format', '{{.State.Pid}}', name]))
    },
    remove,
    end: async () => {
      for (const name of names) await remove(name)
      await removeCgroups(lab, group)
    },
  }
}
