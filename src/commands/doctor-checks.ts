import { canonicalOf, formsOf } from '../iptables/forms.ts'
import type { Form } from '../iptables/forms.ts'
import type { Backend, Firewall, Programs } from '../iptables/restore.ts'
import { readFirewall } from '../kernel/firewall.ts'
import { openReader } from '../kernel/open.ts'
import { NodeError } from '../kernel/namespaces.ts'
import type { Node } from '../kernel/namespaces.ts'
import { missingCapabilities, readBackends, versionOf } from '../kernel/programs.ts'
import { StartError } from '../kernel/run.ts'
import {
  deviceTypes,
  findDeviceProblem,
  findObstacle,
  openScratch,
  proveForms,
} from '../kernel/scratch.ts'
import type { Bench, DeviceType, Scratch, Verdict } from '../kernel/scratch.ts'
import type { Family } from '../net/addresses.ts'
import { ownerOfChain, tablesOf } from '../resources/firewall.ts'

type Status = 'ok' | 'warning' | 'failed'

/** One thing that was looked at. */
export interface Check {
  readonly status: Status
  readonly what: string
  readonly detail: string
  /** Of a rule that was read back otherwise. */
  readonly difference?: { readonly rule: string; readonly expected: string; readonly found: string }
}

/** What programs say in several lines is one here. */
export const check = (status: Status, what: string, text: string): Check => ({
  status,
  what,
  detail: text.trim().replaceAll(/\s*\n\s*/g, '; '),
})

/** What cannot be looked at is one failure more, and not the end. */
const attempt = async (
  what: string,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> => {
  try {
    return await look()
  } catch (error) {
    if (error instanceof NodeError || error instanceof StartError)
      return [check('failed', what, error.message)]
    throw error
  }
}

/** A program, how it tells its version, its package in Debian, and what there is not without it. */
const programs = [
  ['ip', '-V', 'iproute2', undefined],
  ['bridge', '-V', 'iproute2', undefined],
  ['sysctl', '--version', 'procps', undefined],
  ['nsenter', '--version', 'util-linux', undefined],
  ['flock', '--version', 'util-linux', undefined],
  ['conntrack', '-V', 'conntrack', 'UDP clients of an endpoint that goes stay with it'],
  ['ping', '-V', 'iputils-ping', 'checks that ping cannot be made'],
  ['ss', '-V', 'iproute2', 'programs that a node port hides are not told of'],
] as const

export const checkPrograms = (): Promise<readonly Check[]> =>
  Promise.all(
    programs.map(async ([program, flag, from, loss]) => {
      const version = await versionOf(program, flag)
      const what = `program ${program}`
      if (version !== undefined) return check('ok', what, version)
      const detail = `missing${loss === undefined ? '' : ` (${loss})`}: apt-get install ${from}`
      return check(loss === undefined ? 'failed' : 'warning', what, detail)
    }),
  )

/** Programs of iptables, and what they say of themselves. */
interface Installed {
  readonly programs: Programs
  readonly version: string
}

/** Iptables as it is installed: by backend or, where it has no such names, as what it is. */
export const findIptables = async (): Promise<readonly Installed[]> => {
  const names = ['iptables-nft-save', 'iptables-legacy-save', 'iptables-save']
  const [nft, legacy, system] = await Promise.all(names.map((name) => versionOf(name, '-V')))
  const installed = (
    version: string | undefined,
    backend: Backend,
    plain = false,
  ): readonly Installed[] =>
    version === undefined ? [] : [{ programs: { backend, plain }, version }]
  const named = [...installed(nft, 'nft'), ...installed(legacy, 'legacy')]
  const own = system?.includes('legacy') === true ? 'legacy' : 'nft'
  return named.length > 0 ? named : installed(system, own, true)
}

export const checkIptables = (all: readonly Installed[]): readonly Check[] => {
  const lost = 'missing (services, masquerade, forwarding and iptables rules): '
  if (all.length === 0)
    return [check('warning', 'program iptables', `${lost}apt-get install iptables`)]
  return all.map(({ version, programs: { backend } }) =>
    check('ok', `program iptables, ${backend}`, version),
  )
}

export const checkPrivileges = async (): Promise<Check> => {
  const missing = await missingCapabilities()
  return missing.length === 0
    ? check('ok', 'privileges', 'those of root')
    : check('failed', 'privileges', `without ${missing.join(' and ')} (are you root? try sudo)`)
}

/** What a node's rules of one backend are. */
const countRules = (firewall: Firewall | undefined): { rules: number; ours: number } => {
  const chains = firewall ? tablesOf(firewall).flatMap((one) => [...one.chains.values()]) : []
  return {
    rules: chains.reduce((sum, { rules }) => sum + rules.length, 0),
    ours: chains.filter(({ name }) => ownerOfChain(name) !== undefined).length,
  }
}

const reasonFor = (backend: Backend, all: Awaited<ReturnType<typeof readBackends>>): string => {
  const [own, other] = [backend, backend === 'nft' ? ('legacy' as const) : ('nft' as const)].map(
    (one) => countRules(all[one]),
  )
  if (own && own.ours > 0) return `it has ${String(own.ours)} chains of netplan`
  if (own && own.rules > 0 && other?.rules === 0) return `it has ${String(own.rules)} rules`
  return 'it is what the system calls iptables'
}

const iptablesOfNode = 'iptables of this node'

export const checkBackend = ({ path: netns }: Node): Promise<readonly Check[]> =>
  attempt(iptablesOfNode, async () => {
    const all = await readBackends(netns)
    const chosen = await readFirewall({ netns, backend: undefined, clears: false })
    if (!chosen) return [check('warning', iptablesOfNode, 'none')]
    const { backend } = chosen
    const used = check('ok', iptablesOfNode, `${backend}: ${reasonFor(backend, all)}`)
    const [nft, legacy] = [countRules(all.nft).rules, countRules(all.legacy).rules]
    if (nft === 0 || legacy === 0) return [used]
    const both = `nft has ${String(nft)} rules and legacy ${String(legacy)}: packets meet both`
    return [used, check('warning', iptablesOfNode, both)]
  })

const bridgeKey = 'net/bridge/bridge-nf-call-iptables'

const noBridgeFilter = 'not loaded (services between pods of one bridge): modprobe br_netfilter'

export const checkBridgeFilter = (node: Node): Promise<readonly Check[]> =>
  attempt('br_netfilter', async () => {
    const reader = await openReader(node, [], { records: new Map() })
    const found = (await reader.sysctls('', [bridgeKey])).get(bridgeKey)
    return found === undefined
      ? [check('warning', 'br_netfilter', noBridgeFilter)]
      : [check('ok', 'br_netfilter', `bridge-nf-call-iptables is ${found}`)]
  })

const checkDevice = (netns: string, type: DeviceType): Promise<readonly Check[]> =>
  attempt(`device ${type}`, async () => {
    const problem = await findDeviceProblem(netns, type)
    const status = problem === undefined ? 'ok' : 'failed'
    return [check(status, `device ${type}`, problem ?? 'can be made')]
  })

const rulesOf = ({ family, programs: { backend } }: Bench): string =>
  `rules of ${family === 'inet' ? 'IPv4' : 'IPv6'}, ${backend}`

const toCheck = (what: string, { form, problem, found }: Verdict): Check => {
  const { rule, own } = form
  // What only the files of others may ask for, this kernel need not have: apply will say so.
  if (problem === 'refused')
    return check(own ? 'failed' : 'warning', what, `is refused: ${rule}: ${found}`)
  const expected = canonicalOf(form)
  const detail = `is read back otherwise: ${rule}: expected ${expected}, found ${found}`
  return { ...check('failed', what, detail), difference: { rule, expected, found } }
}

/** Whether the rules that netplan writes are read back as they were written. */
export const checkForms = async (
  bench: Bench,
  forms: readonly Form[],
): Promise<readonly Check[]> => {
  const what = rulesOf(bench)
  const verdicts = await proveForms(bench, forms)
  const checks = verdicts.map((one) => toCheck(what, one))
  const good = `${String(forms.length - verdicts.length)} of ${String(forms.length)}`
  const isBad = checks.some(({ status }) => status === 'failed')
  const status = isBad ? 'failed' : checks.length > 0 ? 'warning' : 'ok'
  return [check(status, what, `${good} are read back as they are written`), ...checks]
}

/** One after the other: legacy has one lock for the whole machine. */
const checkFamily = async (
  netns: string,
  family: Family,
  all: readonly Programs[],
): Promise<readonly Check[]> => {
  const benches = all.map((programs): Bench => ({ netns, family, programs }))
  const checks: Check[] = []
  const obstacles: Check[] = []
  for (const bench of benches) {
    const obstacle = await findObstacle(bench)
    if (obstacle === undefined) checks.push(...(await checkForms(bench, formsOf(family))))
    else obstacles.push(check('warning', rulesOf(bench), `none can be made: ${obstacle}`))
  }
  // The kernel need not have both.
  const lost = obstacles.length === benches.length
  return [
    ...checks,
    ...obstacles.map((one) => (lost ? { ...one, status: 'failed' as const } : one)),
  ]
}

/** What can be tried where nobody sees it. */
export const checkScratch = async (
  { netns }: Scratch,
  iptables: readonly Installed[],
): Promise<readonly Check[]> => {
  const programs = iptables.map((one) => one.programs)
  const checks = await Promise.all(deviceTypes.map((type) => checkDevice(netns, type)))
  for (const family of ['inet', 'inet6'] as const)
    checks.push(await attempt('rules', () => checkFamily(netns, family, programs)))
  return checks.flat()
}

/** A namespace to try things in, or why there is none. */
export const tryScratch = async (): Promise<Scratch | string> => {
  try {
    return await openScratch()
  } catch (error) {
    if (error instanceof NodeError || error instanceof StartError) return error.message
    throw error
  }
}
