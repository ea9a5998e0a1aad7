import type { Family } from '../net/addresses.ts'
import { NO_CONTEXT } from './extension.ts'
import { chainNameProblem } from './names.ts'
import type { HeaderLetter } from './options.ts'
import type { HeaderWord } from './parse.ts'
import { parseProtocol } from './protocols.ts'
import { refuse } from './tokens.ts'
import type { Refusal } from './tokens.ts'
import { isEverywhere, networkName, parseNetwork } from './values/addresses.ts'
import { device } from './values/words.ts'

type Header = ReadonlyMap<HeaderLetter, HeaderWord>

/** The parts of a rule that are no extension's, as they are printed. */
export interface HeaderText {
  readonly ok: true
  /** `-s` and `-d`: a list of addresses makes a rule of each. */
  readonly addresses: readonly string[]
  /** `-i`, `-o`, `-p` and `-f`. */
  readonly middle: string
  /** `-j` or `-g` and a chain. */
  readonly jump: string
  readonly protocol: string | undefined
}

type Text = { readonly ok: true; readonly text: string } | Refusal

const text = (value: string): Text => ({ ok: true, text: value })

const print = (letter: HeaderLetter, { negated }: HeaderWord, value: string): string =>
  `${negated ? '! ' : ''}-${letter}${value === '' ? '' : ` ${value}`}`

const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')

/** Reads the header; its parts always stand in this order, whatever order they were written in. */
export const readHeader = (header: Header, family: Family): HeaderText | Refusal => {
  const sources = readAddresses(header, 's', family)
  if ('ok' in sources) return sources
  const destinations = readAddresses(header, 'd', family)
  if ('ok' in destinations) return destinations
  const addresses = sources.flatMap((s) => destinations.map((d) => words(s, d)))
  const middle: string[] = []
  for (const part of [
    readDevice(header, 'i'),
    readDevice(header, 'o'),
    readProtocol(header),
    readFragments(header, family),
  ]) {
    if (!part.ok) return part
    middle.push(part.text)
  }
  const jump = readJump(header)
  if (!jump.ok) return jump
  const protocol = protocolOf(header)
  return { ok: true, addresses, middle: words(...middle), jump: jump.text, protocol }
}

/** The protocol that a match may count on: `! -p tcp` is no protocol. */
const protocolOf = (header: Header): string | undefined => {
  const word = header.get('p')
  const parsed = word && !word.negated ? parseProtocol(word.token.text) : undefined
  return parsed?.text === '' ? undefined : parsed?.text
}

const readAddresses = (
  header: Header,
  letter: 's' | 'd',
  family: Family,
): readonly string[] | Refusal => {
  const word = header.get(letter)
  if (!word) return ['']
  const list = word.token.text.split(',')
  const { at } = word.token
  if (word.negated && list.length > 1) return refuse(`! -${letter} takes one address`, at)
  const read: string[] = []
  for (const one of list) {
    const network = parseNetwork(one, family)
    if (network === undefined) return refuse(`${one} is not ${networkName(family)}`, at)
    const everywhere = isEverywhere(network)
    if (everywhere && word.negated) return refuse('a rule for no address at all never matches', at)
    read.push(everywhere ? '' : print(letter, word, network))
  }
  return read
}

const readDevice = (header: Header, letter: 'i' | 'o'): Text => {
  const word = header.get(letter)
  if (!word) return text('')
  const { text: name, at } = word.token
  // Any device: not printed; and "none" is read back differently by nft and legacy.
  if (name === '+')
    return word.negated ? refuse('a rule for no device never matches', at) : text('')
  const read = device.read(name, NO_CONTEXT, word.negated)
  return read === undefined
    ? refuse(`${name} is not ${device.expects}`, at)
    : text(print(letter, word, read))
}

const readProtocol = (header: Header): Text => {
  const word = header.get('p')
  if (!word) return text('')
  const { text: name, at } = word.token
  const protocol = parseProtocol(name)
  if (!protocol)
    return refuse(
      `${name} is no protocol whose name is the same on every node, as are tcp, udp, sctp, icmp,` +
        ' ipv6-icmp, gre and esp',
      at,
    )
  if (protocol.text !== '') return text(print('p', word, protocol.text))
  return word.negated ? refuse('a rule for no protocol never matches', at) : text('')
}

const readFragments = (header: Header, family: Family): Text => {
  const word = header.get('f')
  if (!word) return text('')
  return family === 'inet' ? text(print('f', word, '')) : refuse('IPv6 has no -f', word.token.at)
}

const readJump = (header: Header): Text => {
  const letter = header.has('j') ? 'j' : 'g'
  const word = header.get(letter)
  if (!word) return text('')
  const problem = chainNameProblem(word.token.text)
  return problem === undefined
    ? text(print(letter, word, word.token.text))
    : refuse(problem, word.token.at)
}
