// Command lines of benches.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** What the caller got wrong. */
export class UsageError extends Error {}

/** The program that is measured where the caller names no other. */
export const OWN_NETPLAN = fileURLToPath(new URL('../bin/run.cjs', import.meta.url))

/** An option of one value. */
export const text = (value) => ({ type: 'string', default: value })

/** Reads the command line; ends the program where it is none. */
export const readOptions = (options, usage) => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    refuse(error, usage)
    return process.exit()
  }
}

export const refuse = ({ message }, usage) => {
  console.error(`bench: ${message}\nusage: ${usage}`)
  process.exitCode = 1
}

export const list = (words) => words.split(',').filter((word) => word !== '')

/** The words of a list, each of which has to be known. */
export const choices = (words, known) => {
  const chosen = list(words)
  const unknown = chosen.find((word) => !known.includes(word))
  if (unknown !== undefined) throw new UsageError(`${unknown} is none of ${known.join(', ')}`)
  return chosen
}

/** A whole number of at least 1. */
export const count = (word) => {
  const number = Number(word)
  if (Number.isInteger(number) && number >= 1) return number
  throw new UsageError(`${word} is no number of 1 or more`)
}
