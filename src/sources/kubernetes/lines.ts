/** Lines, however they come in pieces. What is cut off at the end is none. */
export async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const [first = '', ...others] = piece.split('\n')
    rest += first
    for (const other of others) {
      if (rest !== '') yield rest
      rest = other
    }
  }
}
