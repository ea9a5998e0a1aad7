// Programs that do what netplan does. Who has one of them measures it too.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { run } from './machine.js'

// Where Debian has the plugins, and where they are by their own instructions; CNI_PATH as for CNI's own tools.
const pluginFolders = [process.env.CNI_PATH, '/usr/lib/cni', '/opt/cni/bin']

const has = (folder, plugins) => plugins.every((plugin) => existsSync(join(folder, plugin)))

/** The folder of the reference plugins of CNI; undefined where they are missing, which is said once. */
export const findCni = () => {
  const found = pluginFolders.find(
    (folder) => folder !== undefined && has(folder, ['bridge', 'host-local']),
  )
  if (!found) sayMissing('the CNI reference plugins', 'containernetworking-plugins')
  return found
}

/** Whether ifupdown2 is here, and runs. What it writes to /var/tmp goes with the sandbox then. */
export const findIfupdown2 = () => {
  const found = spawnSync('ifreload', ['--help']).status === 0
  if (found) run(['mount', '-t', 'tmpfs', 'tmpfs', '/var/tmp'])
  else sayMissing('ifupdown2', 'ifupdown2')
  return found
}

const said = new Set()

function sayMissing(peer, debian) {
  if (said.has(peer)) return
  said.add(peer)
  console.error(`bench: left out: ${peer}. To have them: apt-get install ${debian}`)
}
