import { readSync, writeSync } from 'node:fs'
import { codeOf } from '../kernel/trust.ts'

// Node's own streams of them take 5 ms to be made. They are for who was given a pipe that says "later" (EAGAIN).

const size = 65_536

/** All of standard input. */
export const readInput = async (): Promise<string> => {
  const chunks: Buffer[] = []
  try {
    for (let length = -1; length !== 0;) {
      const chunk = Buffer.alloc(size)
      length = readSync(0, chunk)
      chunks.push(chunk.subarray(0, length))
    }
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}

/** Writes a text to standard output. */
export const writeOutput = (text: string): void => {
  let rest = Buffer.from(text)
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest))
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error
    process.stdout.write(rest)
  }
}
