/** Timers of bridges and of their ports, which run on and on. */
const timers = /"[a-z_]+_timer":[\d.]+,?/g

/** Of addresses and routes that somebody renews; neither over nor for ever. */
const lifetimes = /"(valid_life_time|preferred_life_time|expires)":(?!0\b|4294967295\b)\d+/g

const steadyTimes = (line: string): string =>
  line.replaceAll(timers, '').replaceAll(lifetimes, '"$1":"some"')

interface Entry {
  readonly state?: string | readonly string[]
}

/** Entries that somebody made: what the kernel learns it forgets by itself, and no plan is about it. */
const madeEntries =
  (states: readonly string[]) =>
  (line: string): string => {
    const entries = JSON.parse(line) as readonly Entry[]
    return JSON.stringify(
      entries.filter(({ state = [] }) => states.some((made) => state.includes(made))),
    )
  }

const byQuestion: Readonly<Record<string, (line: string) => string>> = {
  'addr show': steadyTimes,
  'route show table all': steadyTimes,
  'neigh show': madeEntries(['PERMANENT']),
}

/** `ip -batch`: a line of JSON for each line that was asked; of another answer nothing is left out. */
const steadyDump = (stdin: string, stdout: string): string => {
  const questions = stdin.trimEnd().split('\n')
  const lines = stdout.trimEnd().split('\n')
  if (lines.length !== questions.length) return stdout
  return lines.map((line, index) => byQuestion[questions[index] ?? '']?.(line) ?? line).join('\n')
}

const dates = /^# (?:Generated|Completed) .*$/gm

/** How often a policy decided; chains of users have none. */
const counters = /^(:\S+ [A-Z]+) \[\d+:\d+\]$/gm

const steadyRules = (stdout: string): string =>
  stdout.replaceAll(dates, '').replaceAll(counters, '$1')

/**
 * What a program printed, without what changes by itself and no plan is about: a node of which all that is asked prints
 * the same leads to the same plan.
 */
export const steadyOutput = (
  { argv, stdin }: { readonly argv: readonly string[]; readonly stdin?: string },
  stdout: string,
): string => {
  const [program = ''] = argv
  if (program.endsWith('-save')) return steadyRules(stdout)
  if (program === 'ip' && stdin !== undefined) return steadyDump(stdin, stdout)
  return program === 'bridge' && stdout.startsWith('[')
    ? madeEntries(['permanent', 'static'])(stdout)
    : stdout
}
