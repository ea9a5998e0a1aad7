import type { Check } from '../config/config.ts'
import { canonicalAddress } from '../net/addresses.ts'
import { parseSocket } from '../net/sockets.ts'
import type { Socket } from '../net/sockets.ts'
import { kindsOf, nameOf } from '../probes/name.ts'
import type { Connecting, Probe, ProbeKind, Terms } from '../probes/probe.ts'
import { enoughTries } from '../probes/shares.ts'
import { socketOfUrl } from '../probes/url.ts'
import type { Context } from './context.ts'

const defaultTimeout = 2

/** The configuration has passed its checks. */
const checked = (socket: Socket | undefined): Socket => {
  if (!socket) throw new Error('bug: a check without an address')
  return socket
}

const countOf = ({ count, reaches }: Check): number =>
  count ?? (reaches ? enoughTries(reaches.length) : 1)

const termsOf = ({ locate }: Context, check: Check, index: number): Terms => ({
  name: nameOf(check),
  from: check.from ?? '',
  count: countOf(check),
  timeoutSeconds: check.timeoutSeconds ?? defaultTimeout,
  expect: check.expect ?? 'success',
  source: locate(['checks', index]),
})

/** What is connected to, and whom that is to reach. */
const connectionOf = (target: Socket | undefined, { reaches = [] }: Check): Connecting => ({
  ...checked(target),
  reaches: reaches.map((text) => checked(parseSocket(text))),
})

const makers: Readonly<Record<ProbeKind, (check: Check, terms: Terms) => Probe>> = {
  ping: ({ ping = '' }, terms) => ({ ...terms, kind: 'ping', address: canonicalAddress(ping) }),
  tcp: (check, terms) => ({
    ...terms,
    kind: 'tcp',
    ...connectionOf(parseSocket(check.tcp ?? ''), check),
  }),
  udp: (check, terms) => {
    const { udp = '', send = '', reply } = check
    return { ...terms, kind: 'udp', ...connectionOf(parseSocket(udp), check), send, reply }
  },
  http: (check, terms) => {
    const { http: url = '', status, body } = check
    return { ...terms, kind: 'http', ...connectionOf(socketOfUrl(url), check), url, status, body }
  },
  dns: ({ dns: host = '', server = '', type = 'A', answers }, terms) => {
    return { ...terms, kind: 'dns', host, server, type, answers }
  },
}

const expandCheck = (context: Context, check: Check, index: number): Probe => {
  const [kind = 'ping'] = kindsOf(check)
  return makers[kind](check, termsOf(context, check, index))
}

/** The section `checks`: what has to work. */
export const expandChecks = (context: Context): readonly Probe[] =>
  (context.config.checks ?? []).map((check, index) => expandCheck(context, check, index))
