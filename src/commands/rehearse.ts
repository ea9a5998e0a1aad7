import * as Flags from '@oclif/core/flags'
import type { Diagnostic } from '../config/diagnostics.ts'
import { requireApart, startApart } from '../kernel/apart.ts'
import type { Answers } from '../kernel/answers.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { escapeLine } from '../net/controls.ts'
import { fleetRehearsalDocument, fleetRehearsalText } from '../present/fleet-rehearsal.ts'
import { drawFleetRehearsal, drawRehearsal } from '../present/pipeline/rehearsal.ts'
import { plain } from '../present/style.ts'
import { rehearsalText } from '../present/rehearsal.ts'
import type { Rehearsal } from '../present/rehearsal-document.ts'
import type { Allowance, Assignment, Script } from '../rehearsal/script.ts'
import { adoptFlag, columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { NodeCommand } from './node-command.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Details, ExitCode } from './failure.ts'
import { durationFlag } from './duration.ts'
import { noSnapshot } from './fleet.ts'
import { missingFlag } from './fleet-flags.ts'
import { guardFlags, maxDestroyFlag } from './guards.ts'
import { machineOf, recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { untilInterrupted } from './probing.ts'
import { emptyReport } from './rehearsal-draft.ts'
import { scriptFleet } from './rehearse-fleet.ts'
import { formatFlag, formats, reportFlag } from './outputs.ts'
import type { Rendition } from './rendition.ts'
import { reporting } from './reporting.ts'
import type { About } from './reporting.ts'
import type { Session } from './session.ts'
import { readSnapshot, stateFlag } from './snapshots.ts'
import { takeSnapshot } from './taking.ts'

type RehearseFlags = Parsed<typeof RehearseCommand>

/** What is rehearsed, and on what. */
interface Piece {
  readonly loaded: Loaded
  readonly snapshot: Snapshot
  /** What a person calls the snapshot. */
  readonly file: string
}

interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly diagnostics: readonly Diagnostic[]
  }
}

/** `netplan rehearse` */
export class RehearseCommand extends NodeCommand {
  static override summary = 'Apply to a copy of the node, and say how it went.'
  static override description =
    'The copy is in namespaces that are thrown away. Changes nothing, and exits as apply would.'
  static override usage = [
    'rehearse [-f PATH...] [--state FILE] [--rollback] [FLAG...]',
    'rehearse --fleet [-f PATH...] [--snapshots DIR] [FLAG...]',
  ]
  static override examples = [
    '<%= config.bin %> rehearse -f netplan.yaml',
    '<%= config.bin %> rehearse -f netplan.yaml --state node-1.json --rollback',
    '<%= config.bin %> rehearse --fleet -f fleet.yaml --snapshots snapshots',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...stateFlag,
    ...formatFlag,
    ...reportFlag,
    rollback: Flags.boolean({
      description: 'roll back in the end, and compare with the state before',
    }),
    ...guardFlags,
    ...maxDestroyFlag,
    'confirm-within': durationFlag({
      description: 'as to apply: then lock-outs are not refused',
      least: 1,
    }),
    fleet: Flags.boolean({
      description: 'rehearse all nodes of the cluster at once, and what is between them',
      exclusive: ['netns', 'state', 'node'],
    }),
    snapshots: Flags.string({
      description:
        'the folder with the snapshots of all nodes; default nodes that have nothing yet',
      helpValue: 'DIR',
      dependsOn: ['fleet'],
    }),
    ...missingFlag,
    nodes: Flags.string({
      description: 'of a fleet, these nodes alone',
      helpValue: 'NAME,NAME',
      dependsOn: ['fleet'],
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(RehearseCommand)
    const { version } = this.config
    await reporting({ command: 'rehearse', version, flags, known: formats }, (about) =>
      flags.fleet ? this.rehearseFleet(flags, about) : this.rehearseNode(flags, about),
    )
  }

  private async rehearseNode(flags: RehearseFlags, about: About): Promise<Rendition> {
    const piece = await (flags.state === undefined
      ? this.readNode(flags)
      : this.readState(flags, flags.state))
    const { files, text } = piece.loaded.source
    const setting = about(files)
    const script = scriptOf(piece, flags)
    const rehearsal = (await this.stage({ type: 'node', script }, text)) as Rehearsal
    if (!flags.json) this.tellDiagnostics(rehearsal.diagnostics, text)
    this.exitWith(rehearsal.exitCode as ExitCode)
    const shown = { style: this.styleOf(flags), width: columns() }
    return {
      text: (isFile) => rehearsalText(rehearsal, isFile ? { style: plain, width: 100 } : shown),
      json: rehearsal,
      drawings: drawRehearsal(rehearsal, setting),
    }
  }

  private async rehearseFleet(flags: RehearseFlags, about: About): Promise<Rendition> {
    const { files, scripts, missing, assumed } = await scriptFleet(flags, allowanceOf(flags))
    const { warnings, text } = files.shared
    const setting = about(files.shared.files)
    this.tellDiagnostics(warnings, text)
    const assignment: Assignment = { type: 'fleet', scripts }
    const staged = (await this.stage(assignment, text)) as readonly Rehearsal[]
    const nodes = staged.map((one) => (assumed.has(one.node) ? assumeNew(one) : one))
    const others = missing.map(({ node, why }): Rehearsal => {
      const refused = { verdict: 'no-plan', exitCode: exitCodes.error, message: why } as const
      return { ...emptyReport(node, ''), ...refused }
    })
    const document = fleetRehearsalDocument([...nodes, ...others])
    if (!flags.json) this.tellDiagnostics(onceEach(nodes.flatMap((one) => one.diagnostics)), text)
    this.exitWith(document.exitCode as ExitCode)
    return {
      text: (isFile) => fleetRehearsalText(document, isFile ? plain : this.styleOf(flags)),
      json: document,
      drawings: drawFleetRehearsal(document, setting),
    }
  }

  /** The node, as it is now. */
  private async readNode(flags: RehearseFlags): Promise<Piece> {
    const loaded = await this.load(flags)
    const { version } = this.config
    const open = (answers: Answers): Promise<Session> => this.open(loaded, flags, answers)
    const { session, snapshot } = await takeSnapshot({ open, names: flags, version })
    return { loaded, snapshot, file: session.nodeName }
  }

  private async readState(flags: RehearseFlags, file: string): Promise<Piece> {
    const snapshot = await readSnapshot(file, flags)
    const machine = machineOf(snapshot, recordedHost(snapshot, file), flags.node)
    if (snapshot.notice !== null) this.tell(`netplan: ${escapeLine(snapshot.notice)}\n`)
    return { loaded: await this.load(flags, machine), snapshot, file }
  }

  /** Rehearses, by a program of our own on a machine of its own; what that printed. */
  private async stage(assignment: Assignment, textOf: Details['textOf']): Promise<unknown> {
    await requireApart()
    const [, program = ''] = process.argv
    const argv = [process.execPath, ...process.execArgv, program, 'rehearsal', '--json']
    return untilInterrupted(async (signal) => {
      const machine = startApart({ argv })
      signal.addEventListener('abort', () => machine.kill())
      machine.say(JSON.stringify(assignment))
      const line = await machine.next()
      const { code, stderr } = await machine.ended
      this.tell(stderr)
      if (line !== undefined) return resultOf(line, code, textOf)
      if (signal.aborted) return undefined
      const message = `the rehearsal did not come to its end (${String(code)})`
      throw new Failure(exitCodes.error, 'rehearsal', message)
    })
  }
}

/** What several nodes have in common is told once: which they are, the report says. */
const onceEach = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => [
  ...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values(),
]

const assumeNew = (found: Rehearsal): Rehearsal => ({
  ...found,
  diagnostics: [noSnapshot('rehearsed'), ...found.diagnostics],
})

/** What apply would be told to allow. */
const allowanceOf = (flags: RehearseFlags): Allowance => ({
  lockout: flags['allow-lockout'] || flags['confirm-within'] !== undefined,
  maxDestroy: flags['max-destroy'],
  protect: flags.protect ?? [],
})

const scriptOf = ({ loaded: { source }, snapshot, file }: Piece, flags: RehearseFlags): Script => {
  const { adopt, iptables, rollback, node } = flags
  const texts = source.files.map((name) => ({ name, text: source.text(name) ?? '' }))
  const vars = flags.var ?? []
  return {
    ...{ snapshot, called: file, texts, adopt, rollback, node, iptables },
    ...{ var: vars, underlay: null, allowance: allowanceOf(flags) },
  }
}

/** What the program printed: a report, or why there is none. */
const resultOf = (line: string, code: number, textOf: Details['textOf']): unknown => {
  const printed = JSON.parse(line) as object
  if (!('error' in printed)) return printed
  const { error } = printed as ErrorDocument
  const { diagnostics } = error
  throw new Failure(code as ExitCode, error.code, error.message, { diagnostics, textOf })
}
