import { formatSocket } from '../net/sockets.ts'
import type { Socket } from '../net/sockets.ts'
import { run } from './run.ts'

/** A connection as conntrack knows it: as it was asked for, before any translation, and who answers. */
interface Connection {
  readonly source: Socket
  readonly destination: Socket
  readonly replier: Socket
}

/** The values of one name in a line, of the original direction and of the reply. */
const valuesOf = (line: string, name: string): readonly string[] =>
  [...line.matchAll(new RegExp(` ${name}=(\\S+)`, 'g'))].map(([, value = '']) => value)

/** `conntrack -L`: two tuples a line, as sent and as answered. */
const parseConnections = (text: string): readonly Connection[] =>
  text.split('\n').flatMap((line): readonly Connection[] => {
    const [source, replier] = valuesOf(line, 'src')
    const [sourcePort, replierPort] = valuesOf(line, 'sport')
    const [destination] = valuesOf(line, 'dst')
    const [port] = valuesOf(line, 'dport')
    if (!source || !replier || !destination || !sourcePort || !replierPort || !port) return []
    return [
      {
        source: { address: source, port: Number(sourcePort) },
        destination: { address: destination, port: Number(port) },
        replier: { address: replier, port: Number(replierPort) },
      },
    ]
  })

/** Connections that were made to one place. */
export interface Made {
  readonly protocol: 'tcp' | 'udp'
  readonly destination: Socket
  /** Where each came from, as the one who made it saw it. */
  readonly sources: readonly Socket[]
}

/**
 * Whom connections reached, as the namespace that led them there knows it. Those that it does not know are
 * left out; where it does not say, why not.
 */
export const findRepliers = async (
  netns: string | undefined,
  { protocol, destination, sources }: Made,
): Promise<readonly Socket[] | string> => {
  const { address, port } = destination
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  const argv = ['conntrack', '-L', '-f', family, '-p', protocol]
  const narrowed = [...argv, '--orig-dst', address, '--orig-port-dst', String(port)]
  const { code, stdout, stderr } = await run({ argv: narrowed, netns })
  if (code !== 0) return `conntrack does not say whom it reached: ${stderr.trim()}`
  const repliers = new Map(
    parseConnections(stdout).map(({ source, replier }) => [formatSocket(source), replier]),
  )
  return sources.flatMap((source) => repliers.get(formatSocket(source)) ?? [])
}
