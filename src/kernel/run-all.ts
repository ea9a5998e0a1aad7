import { netnsDirectory } from '../net/namespaces.ts'
import { inNamespace, run, runRaw } from './run.ts'
import type { Command, Outcome } from './run.ts'

/** How one ended; a StartError where it could not be started. */
export type Answer = PromiseSettledResult<Outcome>

type Question = Pick<Command, 'argv' | 'netns' | 'stdin'>

/**
 * Runs programs one after the other. Each is two arguments: its words, a line each, and what it reads. Nothing of
 * them becomes a part of this text: the shell splits the first at its line breaks, and expands neither any further.
 */
const script = `
set -f
IFS='
'
while [ $# -gt 0 ]; do
  $1 <<EOF
$2
EOF
  printf '\\0%d\\0' $?
  printf '\\0' >&2
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

/** `ip` and `bridge` enter a namespace by themselves, which spares a start of nsenter(1). */
const argvOf = ({ argv, netns }: Question): readonly string[] => {
  const [program = '', ...rest] = argv
  const name = nameOf(netns)
  return name !== undefined && (program === 'ip' || program === 'bridge')
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

/** Where something failed that may not have failed by itself: not started, or kept from the namespace by `ip -n`. */
const isDoubtful = (question: Question, { code }: Outcome): boolean =>
  code !== 0 && (code > 125 || nameOf(question.netns) !== undefined)

const runInTurn = async (questions: readonly Question[]): Promise<readonly Answer[]> => {
  const args = questions.flatMap((question) => [argvOf(question).join('\n'), question.stdin ?? ''])
  const { stdout, stderr } = await runRaw({ argv: ['sh', '-c', script, 'sh', ...args] })
  const [texts, errors] = [partsOf(stdout), partsOf(stderr)]
  return Promise.allSettled(
    questions.map(async (question, index) => {
      const [text = '', code = '-1'] = texts.slice(2 * index, 2 * index + 2)
      const outcome = { code: Number(code), stdout: text, stderr: errors[index] ?? '' }
      return isDoubtful(question, outcome) ? await run(question) : outcome
    }),
  )
}

/**
 * Runs programs that read, one after the other in one process beside ours: to start one costs Node 2.3 ms of its
 * only thread, and a shell a third of one.
 */
export const runAll = (questions: readonly Question[]): Promise<readonly Answer[]> =>
  questions.length < 2 || !questions.every(isPlain)
    ? Promise.allSettled(questions.map(run))
    : runInTurn(questions)
