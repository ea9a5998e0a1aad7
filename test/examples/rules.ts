import { succeed } from './lab.ts'

const programs = ['iptables-save', 'ip6tables-save']

/**
 * The rules, chains and policies of a node. A table that was once used stays, empty: that tells nothing.
 */
export const rulesOf = async (node: string): Promise<readonly string[]> => {
  const printed = await Promise.all(programs.map((program) => succeed([program], node)))
  return printed.flatMap((text) => {
    let table = ''
    return text.split('\n').flatMap((line) => {
      if (line.startsWith('*')) table = line
      const says = /^-A |^:\S+ (?!ACCEPT)/.test(line)
      return says ? [`${table} ${line.replace(/ \[\d+:\d+\]$/, '')}`] : []
    })
  })
}

/** Those of others. */
export const foreignRules = async (node: string): Promise<readonly string[]> =>
  (await rulesOf(node)).filter((line) => !/[ :]NP\d+-/.test(line))
