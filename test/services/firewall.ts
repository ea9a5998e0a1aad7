import type { Backend } from '../../src/iptables/restore.ts'
import type { Family } from '../../src/net/addresses.ts'
import { sh } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'

/** A node, and the iptables that is in use there. */
export interface Walled {
  readonly node: TestNode
  readonly backend: Backend
}

const programOf = (backend: Backend, family: Family): string =>
  `${family === 'inet' ? 'iptables' : 'ip6tables'}-${backend}`

/** A change by hand, as others make it: `iptables LINE`. */
export const iptables = (
  { node, backend }: Walled,
  line: string,
  family: Family = 'inet',
): string => node.exec([programOf(backend, family), '-w', '5', ...line.split(' ')])

/** Loads rules as others do: what is not mentioned stays. */
export const restore = (
  { node, backend }: Walled,
  text: string,
  family: Family = 'inet',
): string => {
  const program = `${programOf(backend, family)}-restore`
  const enter = ['nsenter', `--net=/run/netns/${node.name}`]
  return sh([...enter, program, '--noflush', '-w', '5'], text)
}

const saveText = ({ node, backend }: Walled, family: Family, ...options: string[]): string =>
  node.exec([`${programOf(backend, family)}-save`, ...options])

/** What iptables-save prints, without times and counters: what is the same is equal. */
export const save = (site: Walled, family: Family = 'inet'): string =>
  saveText(site, family)
    .replace(/^#.*\n/gm, '')
    .replace(/ \[\d+:\d+\]$/gm, '')

/** A rule as it is saved, and how many packets it has counted. */
export interface Counted {
  readonly table: string
  readonly chain: string
  readonly rule: string
  readonly packets: number
}

/** All rules with their counters. In `nat`, a packet is the first one of a connection. */
export const countedRules = (site: Walled, family: Family = 'inet'): readonly Counted[] => {
  let table = ''
  return saveText(site, family, '-c')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('*')) table = line.slice(1)
      const [, packets, chain = '', rule = ''] = /^\[(\d+):\d+\] -A (\S+) ?(.*)$/.exec(line) ?? []
      return packets === undefined ? [] : [{ table, chain, rule, packets: Number(packets) }]
    })
}

/** How many packets were counted by the rules that contain this text. */
export const packetsOf = (site: Walled, part: string, family: Family = 'inet'): number =>
  countedRules(site, family)
    .filter(({ chain, rule }) => `-A ${chain} ${rule}`.includes(part))
    .reduce((sum, { packets }) => sum + packets, 0)
