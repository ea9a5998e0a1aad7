import pLimit from 'p-limit'
import { startApart } from '../kernel/apart.ts'
import type { Machine } from '../kernel/apart.ts'
import { openWriter } from '../kernel/writer.ts'
import type { Rehearsal } from '../present/rehearsal-document.ts'
import { joinMeetings } from '../rehearsal/mesh.ts'
import { meetings, outside, underlayBridge } from '../rehearsal/script.ts'
import type { Assignment, Meeting, Script } from '../rehearsal/script.ts'
import { attempt } from './attempt.ts'
import { openOutside } from './copying-links.ts'
import { exitCodes, Failure } from './failure.ts'
import { emptyReport } from './rehearsal-draft.ts'

/** Nodes that are made and applied to at the same time. */
const atATime = 4

/** The network between the nodes: a bridge, which is their router too. */
const openUnderlay = async (): Promise<void> => {
  const writer = openWriter()
  const commands = [
    `ip link add name ${underlayBridge} type bridge mcast_snooping 0`,
    `ip link set dev ${underlayBridge} up`,
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
  ]
  const failures = [...(await openOutside(writer))]
  for (const command of commands)
    failures.push(...(await attempt(writer, { argv: command.split(' '), netns: outside })))
  const [first] = failures
  if (!first) return
  const message = `the network between the nodes cannot be made: ${first.what}: ${first.why}`
  throw new Failure(exitCodes.error, 'rehearsal', message)
}

/** A node that is being rehearsed. */
interface Member {
  readonly script: Script
  readonly machine: Machine
  /** What it printed at last. */
  readonly line: string | undefined
}

/** What a node that waits for the others has; undefined where it came to its end before. */
const meetingOf = ({ line }: Member): Meeting | undefined => {
  const document = JSON.parse(line ?? '{}') as object
  return 'pods' in document ? (document as Meeting) : undefined
}

const startMember = async (script: Script): Promise<Member> => {
  const [, program = ''] = process.argv
  const argv = [process.execPath, ...process.execArgv, program, 'rehearsal', '--json']
  const machine = startApart({ argv, shared: outside })
  const assignment: Assignment = { type: 'node', script }
  machine.say(JSON.stringify(assignment))
  return { script, machine, line: await machine.next() }
}

/** Lets those that wait go on, until they wait again. */
const goOn = async (members: readonly Member[]): Promise<readonly Member[]> => {
  const all = joinMeetings(members.flatMap((member) => meetingOf(member) ?? []))
  return Promise.all(
    members.map(async (member) => {
      if (!meetingOf(member)) return member
      member.machine.say(JSON.stringify(all))
      return { ...member, line: await member.machine.next() }
    }),
  )
}

interface ErrorDocument {
  readonly error?: { readonly message: string; readonly diagnostics: Rehearsal['diagnostics'] }
}

const finishMember = async ({ script, machine, line }: Member): Promise<Rehearsal> => {
  const { code, stderr } = await machine.ended
  const document = (line === undefined ? {} : JSON.parse(line)) as ErrorDocument | Rehearsal
  if ('verdict' in document) return document
  const { error } = document
  return {
    ...emptyReport(script.node ?? '', ''),
    verdict: 'no-plan',
    exitCode: code === 0 ? exitCodes.error : code,
    message: error?.message ?? `it did not come to its end: ${stderr.trim()}`,
    diagnostics: error?.diagnostics ?? [],
  }
}

/** Rehearses all nodes of a fleet, each on a machine of its own, and then what is between them. */
export const rehearseAll = async (scripts: readonly Script[]): Promise<readonly Rehearsal[]> => {
  await openUnderlay()
  const limit = pLimit(atATime)
  let members: readonly Member[] = await Promise.all(
    scripts.map((script) => limit(startMember, script)),
  )
  for (let count = 0; count < meetings; count += 1) members = await goOn(members)
  return Promise.all(members.map(finishMember))
}
