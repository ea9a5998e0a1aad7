import * as Errors from '@oclif/core/errors'
import * as Flags from '@oclif/core/flags'

const seconds = { ms: 0.001, s: 1, m: 60, h: 3600 } as const

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** "90s", "1.5m", in seconds; undefined where it is none. */
export const parseDuration = (text: string): number | undefined => {
  const [, amount, unit = ''] = pattern.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * seconds[unit as keyof typeof seconds]
}

/** A flag that takes a duration, in seconds. */
export const durationFlag = Flags.custom<number, { least?: number }>({
  helpValue: 'DURATION',
  parse: (text, _, { least = 0 }) => {
    const found = parseDuration(text)
    if (found === undefined || found < least) {
      const hint = least > 0 ? `, of ${String(least)}s or more` : ''
      const message = `${JSON.stringify(text)} is no duration${hint}: say 30s, 500ms or 2m`
      return Promise.reject(new Errors.CLIError(message))
    }
    return Promise.resolve(found)
  },
})
