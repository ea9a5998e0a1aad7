import { parseSocket } from '../net/sockets.ts'
import type { Socket } from '../net/sockets.ts'

/** Scheme, host and port of a URL as it is written: a URL parser would take 010.0.0.1 for 8.0.0.1. */
const head = /^(https?):\/\/(\[[^\]]*\]|[^/:?#@[\]]*)(?::(\d+))?(?:[/?#]|$)/

/** What is connected to for a URL; undefined: its host is no address, or it is no URL at all. */
export const socketOfUrl = (url: string): Socket | undefined => {
  const [, scheme, host = '', port = scheme === 'https' ? '443' : '80'] = head.exec(url) ?? []
  return URL.canParse(url) ? parseSocket(`${host}:${port}`) : undefined
}
