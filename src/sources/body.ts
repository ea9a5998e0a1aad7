const newline = 0x0a

/** Of an answer, or of a line of it: a text of Node ends at twice of that. */
export const longestText = 256 << 20

/**
 * All of a stream, as text.
 *
 * @throws whatever `tooLong` makes, where it is longer than so many bytes
 */
export const readAll = async (
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  tooLong: () => Error,
): Promise<string> => {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    length += chunk.length
    if (length > most) throw tooLong()
  }
  return Buffer.concat(pieces).toString('utf8')
}

/**
 * The lines of a stream, wherever it is cut: in the middle of a line, or of a letter. What stands behind the last newline
 * is no line, for nobody knows whether it was all of it.
 *
 * @throws whatever `tooLong` makes, where a line is longer than so many bytes
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  most: number,
  tooLong: () => Error,
): AsyncGenerator<string> {
  let pieces: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...pieces, chunk.subarray(from, end)]).toString('utf8')
      pieces = []
      length = 0
      from = end + 1
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > most) throw tooLong()
  }
}
