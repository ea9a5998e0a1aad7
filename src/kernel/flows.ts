import type { Family } from '../net/addresses.ts'
import type { Flow } from './reader.ts'

const field = (line: string, name: string, nth: 1 | 2): string | undefined => {
  const parts = line.split(` ${name}=`)
  return parts[nth]?.split(' ', 1)[0]
}

/** `conntrack -L -p udp`: two tuples a line, as sent and as answered. */
export const parseFlows = (text: string): readonly Flow[] =>
  text.split('\n').flatMap((line): readonly Flow[] => {
    const [destination, port] = [field(line, 'dst', 1), field(line, 'dport', 1)]
    const [replier, replierPort] = [field(line, 'src', 2), field(line, 'sport', 2)]
    if (!destination || !port || !replier || !replierPort) return []
    const answered = !line.includes('[UNREPLIED]')
    return [
      { destination, port: Number(port), replier, replierPort: Number(replierPort), answered },
    ]
  })

/** How the flows of UDP are listed. */
export const listFlows = (family: Family): readonly string[] => [
  ...['conntrack', '-L', '-f', family === 'inet' ? 'ipv4' : 'ipv6', '-p', 'udp'],
]
