import type { PlanDocument } from '../present/document.ts'
import type { Health } from '../watch/health.ts'
import type { Logger } from '../watch/log.ts'
import type { Outcome, Reports } from '../watch/loop.ts'
import { writeMetrics } from '../watch/metrics.ts'
import type { Metrics } from '../watch/metrics.ts'

/** To whom it is told how a loop goes. */
export interface Telling {
  readonly log: Logger
  readonly metrics: Metrics
  readonly health: Health
  /** A file that has the metrics, too. */
  readonly file: string | undefined
}

/** Says how each round ended; what ended as the one before it did says so in a whisper. */
const openOutcomes = (log: Logger): ((outcome: Outcome, milliseconds: number) => void) => {
  let last = ''
  let isTroubled = false
  return (outcome, milliseconds) => {
    const { kind, ...rest } = outcome
    const fields = { outcome: kind, milliseconds: Math.round(milliseconds), ...rest }
    const known = last
    const wasTroubled = isTroubled
    last = JSON.stringify(outcome)
    isTroubled = kind !== 'applied' && kind !== 'inSync'
    if (kind === 'applied') log.info(fields, 'changed and verified')
    else if (kind === 'inSync' && wasTroubled) log.info(fields, 'the node is as described again')
    else if (last === known || kind === 'inSync')
      log.debug(fields, kind === 'inSync' ? 'the node is as described' : 'as before')
    else if (kind === 'failed')
      log.error(fields, 'the node could not be brought to what is described')
    else if (kind === 'held') log.warn(fields, 'held back')
    else log.info(fields, 'the node differs')
  }
}

export const logPlan = (log: Logger, { summary, changes }: PlanDocument): void => {
  log.info(
    {
      summary,
      changes: changes.slice(0, 20).map(({ title, actions, cause }) => ({ title, actions, cause })),
    },
    'planned',
  )
}

/** Metrics in a file are as old as the last round; one write waits for the other, so that the newest are what stays. */
const openFile = ({ metrics, file, log }: Telling): (() => void) => {
  if (file === undefined) return () => undefined
  let written = Promise.resolve()
  return () => {
    written = written
      .then(() => writeMetrics(metrics, file))
      .catch((error: unknown) => {
        log.error({ error: String(error) }, 'the metrics cannot be written')
      })
  }
}

export const makeReports = (telling: Telling): Reports => {
  const { log, metrics, health } = telling
  const [logOutcome, logKept] = [openOutcomes(log), openOutcomes(log.child({ by: 'last good' }))]
  const writeFile = openFile(telling)
  return {
    sourced: (event) => {
      metrics.sourced(event)
      if (event.kind === 'connected') log.info('the source can be read')
      else if (event.kind === 'warned') log.warn(event.message)
      else
        log.warn(
          { reason: event.reason, error: event.error },
          'the source cannot be read; all stays',
        )
    },
    revised: ({ revision, documents }) => {
      metrics.revised(documents.length === 0)
      if (documents.length > 0) log.info({ revision }, 'the source says something new')
      else log.warn({ revision }, 'the source has nothing; all stays as it is')
    },
    began: (reasons) => {
      health.began()
      log.debug({ reasons }, 'looking')
    },
    ended: (outcome, milliseconds) => {
      health.ended(outcome)
      metrics.ended(outcome, milliseconds)
      logOutcome(outcome, milliseconds)
      writeFile()
    },
    kept: (outcome, milliseconds) => {
      metrics.kept(outcome, milliseconds)
      logKept(outcome, milliseconds)
      writeFile()
    },
    waiting: (milliseconds) => log.debug({ milliseconds: Math.round(milliseconds) }, 'waiting'),
  }
}
