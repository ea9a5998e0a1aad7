import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled } from '../pipelines/installed.ts'
import { root, run } from '../run.ts'
import type { Driver, Network, Runtime } from './chain.ts'
import type { Attachment, Document } from './protocol.ts'

const library = '/usr/share/gocode/src/github.com/containernetworking/cni/libcni/api.go'

/** Whether libcni/main.go can be built; if not, it is said by which command. */
export const hasLibcni =
  isInstalled('go', 'golang-go') &&
  (existsSync(library) || isInstalled(library, 'golang-github-appc-cni-dev'))

/** Builds it in a folder, from sources of Debian alone, and returns its file. */
export const buildLibcni = async (folder: string): Promise<string> => {
  const file = join(folder, 'libcni')
  const env = {
    ...{ GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '', CGO_ENABLED: '0' },
    GOCACHE: join(folder, 'go-build'),
  }
  const cwd = join(root, 'test/cni/libcni')
  const { code, stderr } = await run(['go', 'build', '-o', file, '.'], { cwd, env })
  if (code !== 0) throw new Error(`go build: ${stderr}`)
  return file
}

/** Has libcni speak to the plugins. Results are in its own cache, which is in the folder. */
export const driveLibcni =
  (program: string, folder: string) =>
  (runtime: Runtime, network: Network): Driver => {
    const conflist = join(folder, `${network.name}.conflist`)
    writeFileSync(conflist, JSON.stringify(network))
    const carryOut = async (command: string, attachment: Attachment): Promise<string> => {
      const { containerId, netns = '', ifname, capabilities } = attachment
      const { code, stdout, stderr } = await runtime.runner.exec(
        [program, command, conflist, containerId, netns, ifname],
        {
          env: {
            CACHE: join(folder, 'cache'),
            CNI_PATH: runtime.path.join(':'),
            CAPABILITIES: JSON.stringify(capabilities),
          },
        },
      )
      if (code !== 0) throw new Error(`${command} by libcni: exit ${code}\n${stdout}\n${stderr}`)
      return stdout
    }
    return {
      add: async (attachment) => JSON.parse(await carryOut('ADD', attachment)) as Document,
      check: async (attachment) => {
        await carryOut('CHECK', attachment)
      },
      del: async (attachment) => {
        await carryOut('DEL', attachment)
      },
    }
  }
