import type { Family } from '../../src/net/addresses.ts'
import { canonicalAddress } from '../../src/net/addresses.ts'
import { parseAddress } from './address.ts'
import type { Action, Destination } from './flow.ts'
import { parseMark, parseNumber } from './matches.ts'
import { isTarget } from './words.ts'
import type { RuleWords } from './words.ts'

/** What a rule does; a chain is named here and looked up where all chains are known. */
export const compileTarget = ({ jump, isGoto }: RuleWords, family: Family): Action<string> => {
  if (!jump) return { do: 'nothing' }
  if (isGoto || !isTarget(jump.name)) return { do: isGoto ? 'goto' : 'jump', chain: jump.name }
  const value = (name: string): string | undefined =>
    jump.options.find((option) => option.name === name)?.values[0]
  switch (jump.name) {
    case 'ACCEPT':
      return { do: 'accept' }
    case 'DROP':
      return { do: 'drop' }
    case 'RETURN':
      return { do: 'return' }
    case 'MASQUERADE':
      return { do: 'masquerade' }
    case 'REJECT':
      return { do: 'reject', with: value('reject-with') ?? defaultRejection(family) }
    case 'DNAT':
      return { do: 'dnat', to: parseDestination(value('to-destination') ?? '') }
    case 'MARK':
      return compileMark(value('set-xmark'), value('set-mark'))
    case 'NOTRACK':
      return { do: 'untrack' }
    case 'CT':
      return { do: jump.options.some(({ name }) => name === 'notrack') ? 'untrack' : 'nothing' }
    default:
      // LOG and TCPMSS: the packet goes on to the next rule, where it went before.
      return { do: 'nothing' }
  }
}

const defaultRejection = (family: Family): string =>
  family === 'inet' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'

/** `10.0.0.1`, `10.0.0.1:80`, `[fd00::1]:80`, `:80`. */
const parseDestination = (text: string): Destination => {
  const isBare = text.split(':').length > 2 && !text.startsWith('[')
  const [, bracketed, plain, port] = isBare
    ? [undefined, undefined, text, undefined]
    : (/^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [])
  const address = bracketed ?? (plain === '' ? undefined : plain)
  if (address === undefined && port === undefined) throw new Error(`unknown destination ${text}`)
  return {
    words: address === undefined ? undefined : parseAddress(address),
    address: address === undefined ? undefined : canonicalAddress(address),
    port: port === undefined ? undefined : parseNumber(port),
  }
}

/** Both clear the bits of the mask; then one flips, the other sets those of the value. */
const compileMark = (flip: string | undefined, set: string | undefined): Action<string> => {
  const { value, mask } = parseMark(flip ?? set ?? '')
  const cleared = flip === undefined ? mask | value : mask
  return { do: 'mark', keep: ~cleared >>> 0, flip: value }
}
