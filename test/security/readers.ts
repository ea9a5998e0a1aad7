// How the programs that we feed read what they are fed: written after their sources, by bytes (as
// latin1 text), and with nothing of src/.

/** Bytes of a text, a character each. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

const untilNul = (bytes: string): string => bytes.split('\0', 1)[0] ?? ''

/** Lines with their ends, as getline(3) gives them. */
const linesOf = (bytes: string): string[] => bytes.match(/[^\n]*\n|[^\n]+$/g) ?? []

const withoutComment = (line: string): string => untilNul(line).split('#', 1)[0] ?? ''

/** makeargs(), lib/utils.c of iproute2. */
const makeArgs = (line: string): string[] => {
  const words: string[] = []
  let rest = line
  for (;;) {
    rest = rest.replace(/^[ \t\r\n]+/, '')
    if (rest === '') return words
    if (words.length >= 511) throw new Error('Too many arguments to command')
    const [quote = ''] = rest
    const isQuoted = quote === '"' || quote === "'"
    if (isQuoted) rest = rest.slice(1)
    const end = isQuoted ? rest.indexOf(quote) : rest.search(/[ \t\r\n]/)
    if (end < 0 && isQuoted) throw new Error('Unterminated quoted string')
    words.push(textOf(end < 0 ? rest : rest.slice(0, end)))
    rest = end < 0 ? '' : rest.slice(end + 1)
  }
}

/** getcmdline() and do_batch() of iproute2: the commands of a batch. */
export const readBatch = (text: string): readonly (readonly string[])[] => {
  const lines = linesOf(bytesOf(text))
  const commands: string[][] = []
  while (lines.length > 0) {
    let line = withoutComment(lines.shift() ?? '')
    while (line.includes('\\\n')) {
      const next = lines.shift()
      if (next === undefined) throw new Error('Missing continuation line')
      line = line.slice(0, line.indexOf('\\\n')) + withoutComment(next)
    }
    const words = makeArgs(line)
    if (words.length > 0) commands.push(words)
  }
  return commands
}

/** add_param_to_argv(), xshared.c of iptables 1.8. */
export const readParameters = (bytes: string): string[] => {
  const words: string[] = []
  let word = ''
  let open = false
  let escaped = false
  const end = (): void => {
    if (word.length > 1023) throw new Error('Parameter too long')
    words.push(textOf(word))
    if (words.length > 250) throw new Error('too many arguments')
    word = ''
  }
  for (const one of bytes) {
    if (open) {
      if (escaped) {
        word += one
        escaped = false
      } else if (one === '\\') escaped = true
      else if (one === '"') {
        open = false
        end()
      } else word += one
    } else if (one === '"') {
      open = true
    } else if (one === ' ' || one === '\t' || one === '\n') {
      if (word !== '') end()
    } else word += one
  }
  if (open) throw new Error('a quote that is never closed')
  if (word !== '') end()
  return words
}

/** One thing that iptables-restore does. */
export interface Operation {
  readonly table: string
  /** `declare`, or `-A`, `-I`, `-D`, `-X`. */
  readonly what: string
  readonly chain: string
  readonly words: readonly string[]
}

/** fgets(3) into the 10,240 bytes of iptables-restore. */
const buffersOf = (bytes: string): readonly string[] =>
  linesOf(bytes).flatMap((line) => line.match(/[^]{1,10239}/g) ?? [])

/** iptables-restore.c of iptables 1.8, with --noflush: what it does for a text. */
export const readRestore = (text: string): readonly Operation[] => {
  const operations: Operation[] = []
  let table: string | undefined
  for (const buffer of buffersOf(bytesOf(text)).map(untilNul)) {
    if (buffer === '\n' || buffer.startsWith('#')) continue
    if (buffer === 'COMMIT\n' && table !== undefined) table = undefined
    else if (buffer.startsWith('*') && table === undefined)
      table = buffer.slice(1).split(/[ \t\n]+/, 1)[0]
    else if (table === undefined) throw new Error(`outside of a table: ${buffer}`)
    else if (buffer.startsWith(':')) {
      const [chain = '', ...words] = buffer.slice(1).split(/[ \t\n]+/)
      operations.push({ table, what: 'declare', chain, words: words.filter((one) => one !== '') })
    } else {
      const [what = '', chain = '', ...words] = readParameters(buffer)
      operations.push({ table, what, chain, words })
    }
  }
  if (table !== undefined) throw new Error('no COMMIT')
  return operations
}
