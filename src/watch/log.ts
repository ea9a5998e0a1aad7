import { pino } from 'pino'
import type { Logger } from 'pino'

import type { LogLevel } from './log-levels.ts'

export type { Logger }

/** Lines of JSON on standard error, for journals and collectors; times in ISO 8601, levels by their names. */
export const openLog = (level: LogLevel): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
    },
    pino.destination({ fd: 2, sync: true }),
  )
