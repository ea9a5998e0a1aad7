import { netnsDirectory } from '../net/namespaces.ts'
import type { Answers, Question } from './answers.ts'
import { parseLines } from './ip.ts'
import type { IpLink } from './ip.ts'
import { questionKey } from './recording.ts'
import type { Outcome } from './run.ts'
import { StartError } from './run.ts'
import { SnapshotError } from './snapshot.ts'
import type { RecordedNamespace, RecordedOutput, Snapshot } from './snapshot.ts'

/** A snapshot, as far as it is the answer to questions. */
interface Book {
  /** What a person calls the snapshot: its file. */
  readonly name: string
  readonly snapshot: Snapshot
  /** By the file of the namespace; null: that in which the program ran. */
  readonly pages: ReadonlyMap<string | null, Page>
}

interface Page extends RecordedNamespace {
  readonly answers: ReadonlyMap<string, RecordedOutput>
}

const remedy =
  'it was taken for another configuration, or by another version: take it again on the node, ' +
  'with these files: netplan show -f FILE --snapshot FILE'

const lacking = ({ name }: Book, what: string): SnapshotError =>
  new SnapshotError('lacking', `the snapshot ${name} has no ${what}; ${remedy}`)

const whereText = ({ name }: RecordedNamespace): string =>
  name === '' ? 'of the node itself' : `of namespace ${name}`

const pageOf = (book: Book, netns: string | undefined): Page => {
  const page = book.pages.get(netns ?? null)
  if (page?.exists === true) return page
  throw lacking(book, `namespace ${netns ?? 'of its own'}`)
}

const isOf = ({ argv }: Question, output: RecordedOutput): boolean =>
  output.argv.join(' ') === argv.join(' ')

/** An older netplan asked for more in one batch: it prints a line for each line, and who asks takes the first of them. */
const answerToMore = ({ outputs }: Page, question: Question): RecordedOutput | undefined => {
  const { argv, stdin } = question
  if (stdin === undefined || !argv.includes('-batch')) return undefined
  return outputs.find((one) => isOf(question, one) && one.stdin?.startsWith(stdin) === true)
}

const answer = (book: Book, question: Question): Outcome => {
  const page = pageOf(book, question.netns)
  const output = page.answers.get(questionKey(question)) ?? answerToMore(page, question)
  if (!output) {
    const other = page.outputs.some((one) => isOf(question, one)) ? ' with this input' : ''
    throw lacking(book, `output of "${question.argv.join(' ')}"${other} ${whereText(page)}`)
  }
  const { missing, code = 0, stdout = '', stderr = '' } = output
  if (missing !== undefined) throw new StartError(question.argv[0] ?? '', missing)
  return { code, stdout, stderr }
}

/** The devices of a namespace with their addresses: the first line of what `ip` printed. Undefined: they were not read. */
export const recordedLinks = ({
  outputs,
}: Pick<RecordedNamespace, 'outputs'>): readonly IpLink[] | undefined => {
  const dump = outputs.find(({ argv, stdin }) => argv[0] === 'ip' && stdin?.startsWith('addr show'))
  if (dump?.code !== 0) return undefined
  const [line = ''] = (dump.stdout ?? '').split('\n', 1)
  const [links = []] = parseLines(line)
  return links as IpLink[]
}

const devicesOn = (page: Page): ReadonlySet<string> | undefined => {
  const links = recordedLinks(page)
  return links && new Set(links.map(({ ifname }) => ifname))
}

const devicePattern = /^net\/ipv[46]\/(?:conf|neigh)\/([^/]+)\//

/** Of a device that is not there nothing has to be read to know that it has no parameters. */
const isOfNobody = (path: string, links: ReadonlySet<string> | undefined): boolean => {
  const device = devicePattern.exec(path)?.[1]
  if (device === undefined || device === 'all' || device === 'default') return false
  return links?.has(device) === false
}

const readSysctls = (
  book: Book,
  page: Page,
  paths: readonly string[],
): ReadonlyMap<string, string> => {
  const unread = paths.filter((path) => !Object.hasOwn(page.sysctls, path))
  const links = unread.length > 0 ? devicesOn(page) : undefined
  const lacks = unread.filter((path) => !isOfNobody(path, links))
  if (lacks.length > 0) {
    const s = lacks.length === 1 ? '' : 's'
    throw lacking(book, `kernel parameter${s} ${lacks.join(', ')} ${whereText(page)}`)
  }
  const values = new Map<string, string>()
  for (const path of paths) {
    const value = Object.hasOwn(page.sysctls, path) ? page.sysctls[path] : undefined
    if (typeof value === 'string') values.set(path, value)
  }
  return values
}

/** Whether it is known that there is none of that name, although nobody asked. */
const isUnnamed = ({ snapshot: { named } }: Book, path: string): boolean =>
  path.startsWith(`${netnsDirectory}/`) && !named.includes(path.slice(netnsDirectory.length + 1))

const findFile: (book: Book, path: string) => ReturnType<Answers['namespaceFile']> = (
  book,
  path,
) => {
  const page = book.pages.get(path)
  if (!page) {
    if (isUnnamed(book, path)) return Promise.resolve(undefined)
    return Promise.reject(lacking(book, `namespace ${path}`))
  }
  const { exists, inode = 0, born, stale = false, empty = false } = page
  const file = { path, inode, stale, empty, ...(born === undefined ? {} : { born }) }
  return Promise.resolve(exists ? file : undefined)
}

/**
 * The answers that a snapshot holds. What it does not hold is an error, and never nothing.
 *
 * @param name what a person calls it
 * @throws SnapshotError (from its methods) where something was not read
 */
export const replay = (snapshot: Snapshot, name: string): Answers => {
  const pages = snapshot.namespaces.map((page): [string | null, Page] => [
    page.path,
    { ...page, answers: new Map(page.outputs.map((output) => [questionKey(output), output])) },
  ])
  const book: Book = { name, snapshot, pages: new Map(pages) }
  return {
    // Not before it is asked: an error is the promise's.
    run: (question) => new Promise((resolve) => resolve(answer(book, question))),
    sysctls: (netns, paths) =>
      new Promise((resolve) => {
        resolve(paths.length === 0 ? new Map() : readSysctls(book, pageOf(book, netns), paths))
      }),
    namespaceFile: ({ path }) => findFile(book, path),
  }
}
