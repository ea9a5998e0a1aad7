/** Something that is waited for, and may have happened before anybody waits. */
export interface Alarm {
  ring(): void
  /** Returns when it rings, or rang, or after so many milliseconds (or 24 days, where these are more), or where the signal says so: the first of these. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** A timer of Node that is set to more ends at once. */
const longest = 2 ** 31 - 1

export const makeAlarm = (): Alarm => {
  let rang = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      rang = true
      wake?.()
    },
    wait: async (milliseconds, signal) => {
      if (!rang && signal?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const end = (): void => {
            clearTimeout(timer)
            signal?.removeEventListener('abort', end)
            resolve()
          }
          const timer = setTimeout(end, Math.min(milliseconds, longest))
          signal?.addEventListener('abort', end)
          wake = end
        })
      }
      wake = undefined
      rang = false
    },
  }
}
