import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import { lintNode } from '../../src/lints/index.ts'
import type { Situation } from '../../src/lints/lint.ts'
import { observeAll } from '../../src/plan/plan.ts'
import { kinds } from '../../src/resources/index.ts'
import { emptyNode, readFixture } from '../plan/fixture.ts'
import type { Fixture } from '../plan/fixture.ts'

/** What differs from a node that has nothing but `lo`. */
export interface Given {
  /** What iptables-save prints. */
  readonly inet?: string
  readonly inet6?: string
  readonly listeners?: Fixture['listeners']
  readonly sysctls?: Readonly<Record<string, string>>
  /** Addresses of the node. */
  readonly addresses?: readonly string[]
}

const fixtureOf = ({ inet = '', inet6 = '', ...given }: Given): Fixture => {
  const { ip, fdb } = emptyNode.namespaces['']!
  const addresses = ['127.0.0.1', '::1', ...(given.addresses ?? [])].map((local) => ({
    family: local.includes(':') ? ('inet6' as const) : ('inet' as const),
    local,
    prefixlen: local.includes(':') ? 128 : 32,
    scope: 'global',
  }))
  const links = ip.links.map((link) => ({ ...link, addr_info: addresses }))
  return {
    ...emptyNode,
    namespaces: { '': { ip: { ...ip, links }, fdb, sysctls: given.sysctls ?? {} } },
    firewall: { backend: 'nft', inet, inet6 },
    ...(given.listeners ? { listeners: given.listeners } : {}),
  }
}

/** A configuration, and the node that it meets. */
export const situationOf = async (yaml: string, given: Given): Promise<Situation> => {
  const result = await loadConfig({
    files: ['-'],
    readStdin: () => Promise.resolve(yaml),
    machine: { given: 'node-1', hostname: '', addresses: () => Promise.resolve([]) },
  })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const { resources: desired } = expand(result.source.config, result.source.locate, 'node-1')
  const reader = readFixture(fixtureOf(given))
  return { desired, reader, observed: await observeAll(kinds, reader, desired) }
}

/** What is warned of: "LINE: MESSAGE" and, behind an arrow, the hint. */
export const warningsOf = async (yaml: string, given: Given = {}): Promise<readonly string[]> => {
  const warnings = await lintNode(await situationOf(yaml, given))
  return warnings.map(({ severity, location, message, hint }) => {
    if (severity !== 'warning') throw new Error(`not a warning: ${message}`)
    return `${String(location?.line)}: ${message}${hint === undefined ? '' : ` => ${hint}`}`
  })
}
