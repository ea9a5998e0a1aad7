/** Codes of errors, of the CNI specification, section 2; from 100 on they are a plugin's own. */
export const codes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decoding: 6,
  invalidConfiguration: 7,
  tryAgainLater: 11,
  notAvailable: 50,
  limitedConnectivity: 51,
  /** What was asked for could not be had on this node. */
  failed: 100,
  /** CHECK: something is not as ADD left it. */
  differs: 101,
  /** No address is left, or not the one that was asked for. */
  noAddress: 102,
  /** What libcni gives to an error that says no code of its own. */
  bug: 999,
} as const

/** What a plugin answers where it does not do what it was asked for. */
export class CniError extends Error {
  readonly code: number
  readonly details: string
  constructor(code: number, message: string, details = '') {
    super(message)
    this.name = 'CniError'
    this.code = code
    this.details = details
  }
}

export const isNothingThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
