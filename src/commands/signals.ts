import { exitCodes } from './failure.ts'

/** What the signals of a terminal, or of a service manager, say to an apply. */
export interface Signals {
  /** After the first: finish the step, and go back. */
  readonly stop: AbortSignal
  /** After the second: leave everything as it is. */
  readonly halt: AbortSignal
  /** From now on they do what they always do. */
  dispose(): void
}

const first =
  'interrupted: finishing the step, then rolling back ' +
  '(once more to stop at once, and leave the node part-applied)'

/** Of a rollback: it is on its way back already. */
export const whileGoingBack =
  'a rollback goes on to its end (once more to stop at once, and leave the node part-applied)'

/**
 * Heeds SIGINT and SIGTERM in two stages, and SIGHUP not at all: a connection that breaks because of the
 * apply is no reason to leave the apply half done.
 */
export const heedSignals = (tell: (text: string) => void, text = first): Signals => {
  const stop = new AbortController()
  const halt = new AbortController()
  const onInterrupt = (): void => {
    if (halt.signal.aborted) process.exit(exitCodes.partApplied)
    if (stop.signal.aborted) halt.abort()
    else {
      tell(`netplan: ${text}\n`)
      stop.abort()
    }
  }
  const onHangUp = (): void => undefined
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt).on('SIGHUP', onHangUp)
  return {
    stop: stop.signal,
    halt: halt.signal,
    dispose: () => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt).off('SIGHUP', onHangUp)
    },
  }
}
