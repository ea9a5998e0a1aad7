import { readFile } from 'node:fs/promises'
import type { Backend, Firewall } from '../iptables/restore.ts'
import { readFirewall } from './firewall.ts'
import { run, StartError } from './run.ts'

/** The first line of what a program prints of its version; undefined where there is none of this name. */
export const versionOf = async (program: string, flag: string): Promise<string | undefined> => {
  try {
    const { code, stdout } = await run({ argv: [program, flag] })
    return code === 0 ? (stdout.trim().split('\n')[0] ?? '') : 'of an unknown version'
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return error.code === 'ENOENT' ? undefined : 'which may not be started'
  }
}

// linux/capability.h
const capabilities = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n }

/** The capabilities that writing a network and entering namespaces take, and which are missing. */
export const missingCapabilities = async (): Promise<readonly string[]> => {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return Object.entries(capabilities)
    .filter(([, bit]) => ((effective >> bit) & 1n) === 0n)
    .map(([name]) => name)
}

/** The rules of both backends, as far as they are in use: asking for those of legacy would load modules. */
export const readBackends = async (
  netns: string | undefined,
): Promise<Readonly<Partial<Record<Backend, Firewall>>>> => {
  const files = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names']
  const { stdout } = await run({ argv: ['cat', ...files], netns })
  const [nft, legacy] = await Promise.all([
    readFirewall({ netns, backend: 'nft', clears: true }),
    stdout.trim() === '' ? undefined : readFirewall({ netns, backend: 'legacy', clears: true }),
  ])
  return { ...(nft ? { nft } : {}), ...(legacy ? { legacy } : {}) }
}
