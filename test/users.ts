import { readFileSync } from 'node:fs'

/** Users other than root exist here: not so in a user namespace of an ordinary user. */
export const hasOthers = readFileSync('/proc/self/uid_map', 'utf8')
  .trim()
  .split('\n')
  .some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/ +/).map(Number)
    return first <= 65534 && 65534 < first + count
  })
