import { SourceError } from '../source.ts'

/** What --source says of an etcd. */
export interface Address {
  readonly kind: 'documents' | 'flannel'
  /** Of its members: `http://127.0.0.1:2379`. */
  readonly endpoints: readonly string[]
  /** Keys begin with it; ends with a slash. */
  readonly prefix: string
}

const refuse = (text: string, why: string): never => {
  throw new SourceError(`${text}: ${why}, as in etcd://192.0.2.1:2379,192.0.2.2:2379/netplan/`)
}

const isHost = (host: string): boolean =>
  /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(?::\d{1,5})?$/.test(host)

/** etcd's own port, where none is said. */
const withPort = (host: string): string => (/:\d+$/.test(host) ? host : `${host}:2379`)

/** What is behind the name of the scheme, with what is secret taken out of it. */
const shown = (text: string): string => JSON.stringify(text.replace(/\/\/.*@/, '//...@'))

/**
 * `etcd://HOST:PORT,.../PREFIX/`; `etcd+https:` and `flannel+etcd:` are the others. Undefined: it is no etcd's.
 *
 * @throws SourceError where it is, and says too little or too much
 */
export const parseAddress = (text: string): Address | undefined => {
  const [, flannel, secure, rest = ''] = /^(flannel\+)?etcd(\+https)?:\/\/(.*)$/s.exec(text) ?? []
  if (!/^(?:flannel\+)?etcd(?:\+https)?:/.test(text)) return undefined
  if (rest.includes('@')) refuse(shown(text), 'users and passwords go into ETCDCTL_USER')
  const slash = rest.includes('/') ? rest.indexOf('/') : rest.length
  const hosts = rest.slice(0, slash).split(',')
  if (!hosts.every(isHost)) refuse(shown(text), 'it has to name a host, or several')
  const path = rest.slice(slash)
  if (/^\/*$/.test(path)) refuse(shown(text), 'it has to name what keys begin with')
  const scheme = secure === undefined ? 'http' : 'https'
  return {
    kind: flannel === undefined ? 'documents' : 'flannel',
    endpoints: hosts.map((host) => `${scheme}://${withPort(host)}`),
    prefix: path.endsWith('/') ? path : `${path}/`,
  }
}
