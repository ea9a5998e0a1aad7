// Units of packaging/systemd as text, and what of them can be tried where systemd does not run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.ts'

export const packaging = join(root, 'packaging')

/** A unit, with what a drop-in adds to it or takes back. */
export const readUnit = (name: string, dropIn?: string): string => {
  const folder = join(packaging, 'systemd')
  const more =
    dropIn === undefined ? '' : readFileSync(join(folder, 'nodeplan-.service.d', dropIn), 'utf8')
  return `${readFileSync(join(folder, name), 'utf8')}\n${more}`
}

/** All values of a setting, in their order. */
export const settings = (unit: string, key: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

/** What systemd comes to of a setting that is a list: an empty value takes back what was said before it. */
export const listOf = (unit: string, key: string): readonly string[] =>
  settings(unit, key).reduce<string[]>(
    (list, value) => (value === '' ? [] : [...list, ...value.split(' ')]),
    [],
  )

/** The sets of system calls that systemd knows, by `systemd-analyze syscall-filter`. */
const parseSets = (text: string): ReadonlyMap<string, readonly string[]> => {
  const sets = new Map<string, string[]>()
  let current: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('@')) sets.set(line.trim(), (current = []))
    else if (/^ +[@a-z]/.test(line)) current.push(line.trim())
  }
  return sets
}

/** The system calls that a unit may make. */
export const allowedCalls = (unit: string, systemdAnalyze: string): ReadonlySet<string> => {
  const sets = parseSets(systemdAnalyze)
  const callsOf = (name: string): readonly string[] =>
    name.startsWith('@') ? (sets.get(name) ?? []).flatMap(callsOf) : [name]
  const allowed = new Set(callsOf('@default'))
  for (const value of settings(unit, 'SystemCallFilter')) {
    const isDenied = value.startsWith('~')
    for (const name of value.replace('~', '').split(' ').flatMap(callsOf)) {
      if (isDenied) allowed.delete(name)
      else allowed.add(name)
    }
  }
  return allowed
}

/** What setpriv and unshare have to be told for what a unit has: its capabilities, and where it may write. */
export const confine = (unit: string, writable: readonly string[]): readonly string[] => {
  const capabilities = listOf(unit, 'CapabilityBoundingSet').map((one) =>
    one.toLowerCase().replace('cap_', '+'),
  )
  const limited = [
    'setpriv',
    '--no-new-privs',
    `--bounding-set=${['-all', ...capabilities].join(',')}`,
    '--',
  ]
  if (settings(unit, 'ProtectSystem').at(-1) !== 'strict') return limited
  const mayTune = listOf(unit, 'ReadWritePaths').includes('/proc/sys/net')
  // As systemd does it: what may be written becomes a mount of its own, and all others are read-only but those of the kernel.
  const script = `
    others=$(awk '$5 !~ "^/(proc|sys|dev)(/|$)" { print $5 }' /proc/self/mountinfo)
    for place in ${writable.join(' ')} ${mayTune ? '/proc/sys/net' : ''}; do mount --bind "$place" "$place"; done
    mount --rbind /proc/sys /proc/sys
    for place in $others /proc/sys; do
      # Namespaces of other tests go meanwhile.
      mount -o remount,bind,ro "$place" || if grep -qF " $place " /proc/self/mountinfo; then exit 1; fi
    done
    exec "$@"`
  return ['unshare', '--mount', '--propagation=slave', 'sh', '-ec', script, 'sh', ...limited]
}
