/** A word for metrics: why etcd cannot be read. */
export type Reason =
  | 'refused' // nobody is there
  | 'timeout' // somebody is, and says nothing
  | 'closed' // in the middle of it
  | 'compacted' // what was to be read is no more
  | 'unauthenticated'
  | 'denied'
  | 'tls'
  | 'http' // an answer that is none of etcd's
  | 'etcd' // an error of etcd's own
  | 'unreadable' // what stands there is not what was asked for

/** Why etcd cannot be read, for now. */
export class EtcdError extends Error {
  readonly reason: Reason

  constructor(reason: Reason, message: string) {
    super(message)
    this.name = 'EtcdError'
    this.reason = reason
  }
}

const reasons: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'refused',
  EAI_AGAIN: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ERR_STREAM_PREMATURE_CLOSE: 'closed',
  EPROTO: 'tls',
}

/** By the words with which errors begin that Node, the kernel, OpenSSL and the parser of HTTP make. */
const kinds: readonly (readonly [RegExp, Reason])[] = [
  [/^ERR_(?:OSSL|SSL|TLS)_|CERT|ISSUER|SIGNATURE/, 'tls'],
  [/^HPE_/, 'http'],
  [/^EAI_/, 'refused'], // whatever a resolver says
  [/^[A-DF-Z][A-Z_]+$/, 'tls'], // INVALID_PURPOSE and the like, as OpenSSL says of a certificate
  [/^E(?!RR_)[A-Z]+$/, 'refused'], // whatever else the kernel refuses
]

/** As an error of ours, whatever it was: of a socket, of TLS. Throws what is a bug. */
export const toEtcdError = (error: unknown): EtcdError => {
  if (error instanceof EtcdError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const reason = reasons[code] ?? kinds.find(([pattern]) => pattern.test(code))?.[1]
  if (reason === undefined) throw error
  // Where a name has several addresses, Node says nothing of why.
  return new EtcdError(reason, message === '' ? code : message)
}

/** Of what etcd says, by gRPC's numbers. */
const ofCodes: Readonly<Record<number, Reason>> = {
  4: 'timeout',
  7: 'denied',
  11: 'compacted',
  14: 'timeout', // no leader, or a request that timed out
  16: 'unauthenticated',
}

/** The end of a watch has words alone. */
const ofWords: readonly (readonly [RegExp, Reason])[] = [
  [/auth(?:entication failed| token)|auth store is old|user name is empty/, 'unauthenticated'],
  [/permission denied/, 'denied'],
  [/no leader/, 'timeout'],
]

/** An error that etcd told, by its number and its words. */
export const errorOf = (code: number, message: string): EtcdError => {
  const said = ofWords.find(([pattern]) => pattern.test(message))?.[1]
  return new EtcdError(said ?? ofCodes[code] ?? 'etcd', message)
}
