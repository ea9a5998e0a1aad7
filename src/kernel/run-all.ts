import { netnsDirectory } from '../net/namespaces.ts'
import { inNamespace, run, runRaw } from './run.ts'
import type { Command, Outcome } from './run.ts'

/** How one ended; a StartError where it could not be started. */
export type Answer = PromiseSettledResult<Outcome>

type Question = Pick<Command, 'argv' | 'netns' | 'stdin'>

/**
 * Runs programs one after the other. Each is two arguments: its words, a line each, and what it reads. Nothing of
 * them becomes a part of this text: the shell splits the first at its line breaks, and expands neither any further. What a
 * shell adds to the environment goes. Where we are killed, it ends behind the program that is running.
 */
const script = `
unset PWD OLDPWD SHLVL
set -f
IFS='
'
until=$1
shift
while [ $# -gt 0 ]; do
  kill -0 $PPID 2>/dev/null || exit 1
  $1 <<EOF
$2
EOF
  code=$?
  printf '\\0%d\\0' $code
  printf '\\0' >&2
  [ $code = 0 ] || [ $until = end ] || exit 0
  shift 2
done
`

// What the shell puts into a pipe by itself; for more it would start a process.
const mostInput = 4000

const isWord = (word: string): boolean => word !== '' && !word.includes('\n')

/** Whether the script can run it: the words are told apart by line breaks. */
const isPlain = ({ argv, netns = '/', stdin = '' }: Question): boolean =>
  argv.every(isWord) && isWord(netns) && stdin.length < mostInput

/** The name of a namespace that ip-netns(8) knows. */
const nameOf = (netns = ''): string | undefined =>
  netns.startsWith(`${netnsDirectory}/`)
    ? /^[^-/][^/]*$/.exec(netns.slice(netnsDirectory.length + 1))?.[0]
    : undefined

/** Whether `ip` mounts or unmounts a namespace: behind `-n` it has mounts of its own, and nobody else would see it. */
const mounts = ({ argv, stdin = '' }: Question): boolean =>
  /^(?:.* )?netns (?:add|attach|del)/m.test(`${argv.join(' ')}\n${stdin}`)

/** `ip` and `bridge` enter a namespace by themselves, which spares a start of nsenter(1). */
const argvOf = (question: Question): readonly string[] => {
  const { argv, netns } = question
  const [program = '', ...rest] = argv
  const name = nameOf(netns)
  return name !== undefined && (program === 'ip' || program === 'bridge') && !mounts(question)
    ? [program, '-n', name, ...rest]
    : inNamespace(argv, netns)
}

/** The parts of an output, each of which ends with a NUL. */
const partsOf = (output: Buffer): readonly string[] => {
  const parts: string[] = []
  let start = 0
  for (let end = output.indexOf(0); end >= 0; end = output.indexOf(0, start)) {
    parts.push(output.toString('utf8', start, end))
    start = end + 1
  }
  return parts
}

/** What a shell says of a program that it cannot start. */
const isUnstarted = ({ code }: Outcome): boolean => code === 126 || code === 127

/** Where something failed that may not have failed by itself: not started, or kept from the namespace by `ip -n`. */
const isDoubtful = (question: Question, outcome: Outcome): boolean =>
  outcome.code !== 0 && (isUnstarted(outcome) || nameOf(question.netns) !== undefined)

/** Who starts them: see Command. */
type How = Pick<Command, 'detached' | 'inherit' | 'signal' | 'waits'>

type Waiting = Pick<How, 'waits'>

/** How far to go: to the end, or to the first that fails. */
type Until = 'end' | 'failure'

const start = async (
  questions: readonly Question[],
  until: Until,
  how?: How,
): Promise<readonly Outcome[]> => {
  const args = questions.flatMap((question) => [argvOf(question).join('\n'), question.stdin ?? ''])
  const argv = ['sh', '-c', script, 'sh', until, ...args]
  const { code, stdout, stderr } = await runRaw({ ...how, argv })
  const [texts, errors] = [partsOf(stdout), partsOf(stderr)]
  const outcomes = Array.from({ length: texts.length >> 1 }, (_, index) => ({
    code: Number(texts[2 * index + 1]),
    stdout: texts[2 * index] ?? '',
    stderr: errors[index] ?? '',
  }))
  // The shell was killed, and what it ran with it.
  return code === 0 ? outcomes : [...outcomes, { code: -1, stdout: '', stderr: '' }]
}

const readInTurn = async (
  questions: readonly Question[],
  how: Waiting,
): Promise<readonly Answer[]> => {
  const outcomes = await start(questions, 'end', how)
  const answers: Answer[] = []
  for (const [index, question] of questions.entries()) {
    const outcome = outcomes[index]
    const again = !outcome || isDoubtful(question, outcome)
    // One at a time: what one may not enter, one may not enter a thousand times.
    const [answer] = await Promise.allSettled([again ? run({ ...how, ...question }) : outcome])
    answers.push(answer)
  }
  return answers
}

/**
 * Runs programs that read, one after the other in one process beside ours: to start one costs Node 2.3 ms of its
 * only thread, and a shell a third of one.
 */
export const runAll = (
  questions: readonly Question[],
  how: Waiting = {},
): Promise<readonly Answer[]> =>
  questions.length < 2 || !questions.every(isPlain)
    ? Promise.allSettled(questions.map((question) => run({ ...how, ...question })))
    : readInTurn(questions, how)

/** `ip -n` cannot mount the devices of a namespace in some containers, where nsenter(1) can enter it. */
const isKeptOut = ({ stderr }: Outcome): boolean => /^(mount of \/sys|"mount --make-)/m.test(stderr)

/**
 * Runs programs that write in the same way, up to one that fails.
 *
 * @returns how those ended that were run: at least one
 * @throws StartError where the first of them cannot be started
 */
export const runUntilFailure = async (
  commands: readonly Question[],
  how: How,
): Promise<readonly Outcome[]> => {
  const [first, second] = commands
  if (!first) return []
  if (!second || !commands.every(isPlain)) return [await run({ ...how, ...first })]
  const outcomes = await start(commands, 'failure', how)
  const last = outcomes.at(-1)
  const done = outcomes.slice(0, -1)
  const failed = commands[done.length]
  if (!last || !failed || !(isUnstarted(last) || isKeptOut(last))) return outcomes
  return done.length > 0 ? done : [await run({ ...how, ...failed })]
}
