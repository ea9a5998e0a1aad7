/** What the server says when it does not do what it was asked for. */
export interface Status {
  readonly code?: number
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly retryAfterSeconds?: number }
}

/** A try that failed, after which there is another one. */
export class ApiError extends Error {
  /** A word for metrics. */
  readonly reason: string
  /** Milliseconds for which the server wants to be left alone. */
  readonly rest: number

  constructor(reason: string, message: string, rest = 0) {
    super(message)
    this.name = 'ApiError'
    this.reason = reason
    this.rest = rest
  }
}

const words: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'absent',
  410: 'expired',
  429: 'throttled',
}

/** The error that a status stands for, of an answer or in the stream of a watch. */
export const errorOf = (status: Status, retryAfter: number | undefined): ApiError => {
  const { code = 0, message = status.reason ?? 'no reason given', details } = status
  const seconds = retryAfter ?? details?.retryAfterSeconds ?? 0
  const reason = words[code] ?? (code >= 500 || code === 0 ? 'server' : 'refused')
  return new ApiError(reason, `${code === 0 ? '' : `${String(code)}: `}${message}`, seconds * 1000)
}

/**
 * What went wrong on the way to a server, or of what it said, as something that is told and tried again.
 *
 * @throws what it was given, where that is a bug of ours
 */
export const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  if (error instanceof SyntaxError) return new ApiError('malformed', error.message)
  const { message, code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') throw error
  // A refused connection to several addresses has no message, but a code.
  return new ApiError('unreachable', message || code)
}
