import type { Writer } from '../kernel/writer.ts'
import { additionOf, inPieces, setsOf } from '../rehearsal/saves.ts'
import type { LooseRule, Save } from '../rehearsal/saves.ts'
import type { LeftOut } from '../rehearsal/stand-ins.ts'
import { tryRun } from './attempt.ts'

/** Why a program refuses, in a line; undefined: it does not. */
const refusalOf = async (
  writer: Writer,
  argv: readonly string[],
  stdin = '',
): Promise<string | undefined> => (await tryRun(writer, { argv, stdin }))?.split('\n')[0]

const setTypes = ['hash:net', 'hash:ip,port', 'hash:ip,port,ip']

/** Sets of addresses are others' to fill: rules that name one need one, be it empty. */
const makeSets = async (writer: Writer, save: Save): Promise<readonly LeftOut[]> => {
  const leftOut: LeftOut[] = []
  const family = save.program.startsWith('ip6') ? 'inet6' : 'inet'
  for (const [name, parts] of setsOf(save)) {
    const type = setTypes[parts - 1] ?? 'hash:net'
    const argv = ['ipset', 'create', name, type, 'family', family, '-exist']
    const refusal = await refusalOf(writer, argv)
    leftOut.push({
      what: `ipset ${name}`,
      why: refusal ?? 'what is in it is not read: it is empty',
    })
  }
  return leftOut
}

/** Adds as many rules as can be: where some are refused, each half by itself. */
const addRules = async (
  writer: Writer,
  program: string,
  rules: readonly LooseRule[],
): Promise<readonly LeftOut[]> => {
  if (rules.length === 0) return []
  const refusal = await refusalOf(writer, [program, '--noflush'], additionOf(rules))
  if (refusal === undefined) return []
  const [only, ...more] = rules
  if (only && more.length === 0)
    return [{ what: `rule in ${only.table}: ${only.line}`, why: refusal }]
  const half = Math.ceil(rules.length / 2)
  const first = await addRules(writer, program, rules.slice(0, half))
  return [...first, ...(await addRules(writer, program, rules.slice(half)))]
}

/** Restores rules as they were saved: whole, else as many as this kernel takes. */
export const copyRules = async (writer: Writer, save: Save): Promise<readonly LeftOut[]> => {
  const sets = await makeSets(writer, save)
  const refusal = await refusalOf(writer, [save.program], save.text)
  if (refusal === undefined) return sets
  const { chains, rules } = inPieces(save)
  const none = await refusalOf(writer, [save.program], chains)
  if (none !== undefined) return [...sets, { what: `all rules of ${save.program}`, why: none }]
  return [...sets, ...(await addRules(writer, save.program, rules))]
}
