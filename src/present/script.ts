import type { ScheduledStep } from '../plan/plan.ts'

/** A word as a POSIX shell reads it back. */
const quote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

const patiently = `# tries again for five seconds: an IPv6 address is no source until it is known to be unique
patiently() { n=0; until "$@"; do n=$((n + 1)); [ "$n" -lt 50 ] || return 1; sleep 0.1; done; }
`

/** The steps of a plan as a shell script that does the same. */
export const planScript = (
  steps: readonly ScheduledStep[],
  netnsOf: (namespace: string) => string | undefined,
): string => {
  const lines = steps.map(({ step }) => {
    const netns = netnsOf(step.namespace ?? '')
    const enter = netns === undefined ? [] : ['nsenter', `--net=${netns}`, '--']
    const patient = step.patience === undefined ? [] : ['patiently']
    return [...patient, ...enter, ...step.argv].map(quote).join(' ')
  })
  const helper = steps.some(({ step }) => step.patience !== undefined) ? patiently : ''
  return `#!/bin/sh\nset -eu\n${helper}${lines.map((line) => `${line}\n`).join('')}`
}
