import { spawnSync } from 'node:child_process'
import { succeed } from './runtime.ts'
import type { Lab } from '../lab.ts'

const attempt = `
  umount /sys 2>/dev/null # the sandbox's has none
  for folder in /sys/fs/cgroup/*/ /sys/fs/cgroup/; do
    mkdir "$folder/netplan-$$" 2>/dev/null && rmdir "$folder/netplan-$$" && exit 0
  done
  exit 1`

const canHave = (): boolean => {
  if (spawnSync('unshare', ['--mount', 'sh', '-c', attempt]).status === 0) return true
  console.error('no cgroups here, so tests of container runtimes are skipped: run them as root')
  return false
}

/** Whether containers can have cgroups here: not so in a user namespace of an ordinary user. */
export const hasCgroups = canHave()

// Whoever is in one has been killed, and may take a moment to go.
const removal = `
  for folder in /sys/fs/cgroup/*/"$1" /sys/fs/cgroup/"$1"; do
    tries=0
    while [ -d "$folder" ] && ! find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null; do
      tries=$((tries + 1))
      [ $tries -lt 100 ] || exit 1
      sleep 0.1
    done
  done`

/** Takes away the cgroups of that name, which outlive their containers. */
export const removeCgroups = async (lab: Lab, name: string): Promise<void> => {
  await succeed(lab, ['sh', '-c', removal, 'sh', name])
}
