import { isRestore, mergeRestores, mostEdits } from '../iptables/restore.ts'
import type { ScheduledStep } from '../plan/plan.ts'
import type { Step } from '../resources/kind.ts'

/** A word as a POSIX shell reads it back. */
export const quote = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

const patiently = `# tries again for five seconds: an IPv6 address is no source until it is known to be unique
patiently() { n=0; until "$@"; do n=$((n + 1)); [ "$n" -lt 50 ] || return 1; sleep 0.1; done; }
`

const sameProcess = (a: Step | undefined, b: Step): a is Step =>
  a !== undefined &&
  isRestore(a.argv) &&
  a.namespace === b.namespace &&
  a.argv.join(' ') === b.argv.join(' ')

/** Edits of rules that follow each other are one, as they are when they are applied. */
const mergeSteps = (steps: readonly ScheduledStep[]): readonly Step[] => {
  const merged: { step: Step; inputs: string[] }[] = []
  for (const { step } of steps) {
    const last = merged.at(-1)
    const hasRoom = last && last.inputs.length < mostEdits(step.argv)
    if (hasRoom && sameProcess(last.step, step)) last.inputs.push(step.stdin ?? '')
    else merged.push({ step, inputs: [step.stdin ?? ''] })
  }
  return merged.map(({ step, inputs }) =>
    inputs.length === 1 ? step : { ...step, stdin: mergeRestores(inputs).text },
  )
}

const lineOf = (
  { argv, stdin, namespace = '', patience }: Step,
  netnsOf: (namespace: string) => string | undefined,
): string => {
  const netns = netnsOf(namespace)
  const enter = netns === undefined ? [] : ['nsenter', `--net=${netns}`, '--']
  const patient = patience === undefined ? [] : ['patiently']
  const command = [...patient, ...enter, ...argv].map(quote).join(' ')
  return stdin === undefined ? command : `${command} <<'end'\n${stdin}end`
}

/** The steps of a plan as a shell script that does the same. */
export const planScript = (
  steps: readonly ScheduledStep[],
  netnsOf: (namespace: string) => string | undefined,
): string => {
  const lines = mergeSteps(steps).map((step) => lineOf(step, netnsOf))
  const helper = steps.some(({ step }) => step.patience !== undefined) ? patiently : ''
  return `#!/bin/sh\nset -eu\n${helper}${lines.map((line) => `${line}\n`).join('')}`
}
