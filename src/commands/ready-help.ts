import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The command that help is asked of, none for the program's own; undefined: it is another line, or asks in another way. */
const subjectOf = ([first, second, ...more]: readonly string[]): string | undefined => {
  if (more.length > 0) return undefined
  if (first === undefined || first === '--help') return second === undefined ? '' : undefined
  if (first === 'help') return second ?? ''
  return second === '--help' ? first : undefined
}

/** What makes oclif, and the packages that it draws by, print it wider, coloured, or with notes of their own. */
const DRAWN_OTHERWISE = ['DEBUG', 'FORCE_COLOR', 'NETPLAN_DEBUG', 'OCLIF_COLUMNS']

const isPlain = (env: NodeJS.ProcessEnv): boolean =>
  !process.stdout.isTTY && !DRAWN_OTHERWISE.some((name) => name in env)

const readTexts = (root: string): Readonly<Record<string, string>> => {
  try {
    return JSON.parse(readFileSync(join(root, 'dist/help.json'), 'utf8')) as Record<string, string>
  } catch {
    return {} // from source there are none: oclif makes them
  }
}

/**
 * What oclif prints as help where nothing is known of who reads it: written down when the program was bundled, for oclif takes
 * as long to make it as two starts of Node.
 *
 * @param root the folder of package.json
 * @param version of the program and of Node, which stands in the help of the program
 * @returns undefined: oclif has to make it
 */
export const readyHelp = (
  argv: readonly string[],
  root: string,
  version: string,
): string | undefined => {
  const subject = subjectOf(argv)
  if (subject === undefined || !isPlain(process.env)) return undefined
  const texts = readTexts(root)
  return Object.hasOwn(texts, subject) ? texts[subject]?.replace('{version}', version) : undefined
}
