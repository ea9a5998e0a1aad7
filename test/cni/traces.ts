import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestNode } from '../node/harness.ts'

/** What plugins leave, or not, on a node. */
export interface Traces {
  /** The names of devices, and of whom they are ports. */
  readonly links: readonly string[]
  /** Chains and rules of both families, as iptables-save prints them, those that come with the kernel left out. */
  readonly rules: readonly string[]
  /** Addresses that are given away on disk. */
  readonly leases: readonly string[]
}

const linksOf = (node: TestNode): string[] => {
  const links = JSON.parse(node.ip('-j link show')) as { ifname: string; master?: string }[]
  return links.map(({ ifname, master }) => [ifname, master].filter(Boolean).join(' of ')).sort()
}

const isRule = (line: string): boolean => /^(-A|:\S+ -)/.test(line)

const rulesOf = (node: TestNode): string[] =>
  ['iptables', 'ip6tables'].flatMap((program) =>
    node
      .exec([`${program}-save`])
      .split('\n')
      .filter(isRule)
      .map((line) => `${program} ${line.replace(/ \[\d+:\d+\]$/, '')}`),
  )

/** The addresses below a data folder of host-local. */
const leasesOf = (dataDir: string, network: string): string[] => {
  try {
    const names = readdirSync(join(dataDir, network))
    return names.filter((name) => /^[0-9a-f]+[.:]/.test(name)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export const tracesOf = (node: TestNode, dataDir: string, network: string): Traces => ({
  links: linksOf(node),
  rules: rulesOf(node),
  leases: leasesOf(dataDir, network),
})
