import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const linesOf = (folder: string, name: string): readonly string[] =>
  readFileSync(join(folder, name), 'utf8').split('\n')

const says = (line: string): boolean => line.trim() !== '' && !line.trim().startsWith('#')

/** What an example takes, and what it replaces; undefined: it replaces nothing. */
export const countLines = (
  folder: string,
): { readonly lines: number; readonly commands: number } | undefined => {
  if (!existsSync(join(folder, 'by-hand.sh'))) return undefined
  const lines = linesOf(folder, 'fleet.yaml').filter(says).length
  // Between `node-1 sh -e <<'end'` and `end`.
  const [, ...blocks] = linesOf(folder, 'by-hand.sh')
    .join('\n')
    .split(/<<'end'\n/)
  const typed = blocks.flatMap((block) => (block.split(/^end$/m)[0] ?? '').split('\n'))
  const commands = typed.filter((line) => says(line) && !line.endsWith('# given')).length
  return { lines, commands }
}
