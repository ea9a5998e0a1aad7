import { Flags } from '@oclif/core'
import type { Diagnostic } from '../config/diagnostics.ts'
import { requireApart, runApart } from '../kernel/apart.ts'
import { liveAnswers } from '../kernel/live.ts'
import { startRecording } from '../kernel/recording.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { escapeControls } from '../net/controls.ts'
import { rehearsalText } from '../present/rehearsal.ts'
import type { Rehearsal } from '../present/rehearsal-document.ts'
import { adoptFlag, BaseCommand, columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { exitCodes, Failure } from './failure.ts'
import type { ExitCode } from './failure.ts'
import { machineOf, recordedHost } from './host.ts'
import type { Loaded } from './load.ts'
import { untilInterrupted } from './probing.ts'
import type { Script } from './rehearsal.ts'
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
export class RehearseCommand extends BaseCommand {
  static override description =
    'Apply to a copy of the node, in namespaces that are thrown away, and say how it went. Changes nothing.'
  static override examples = [
    '<%= config.bin %> rehearse -f netplan.yaml',
    '<%= config.bin %> rehearse -f netplan.yaml --state node-1.json --rollback',
  ]
  static override flags = {
    ...nodeFlags,
    ...adoptFlag,
    ...stateFlag,
    rollback: Flags.boolean({
      description: 'roll back in the end, and compare with the state before',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(RehearseCommand)
    const piece =
      flags.state === undefined
        ? await this.readNode(flags)
        : await this.readState(flags, flags.state)
    await requireApart()
    const rehearsal = await this.stage(piece, flags)
    if (flags.json) this.printJson(rehearsal)
    else {
      this.tellDiagnostics(rehearsal.diagnostics, piece.loaded.source.text)
      this.print(rehearsalText(rehearsal, { style: this.styleOf(flags), width: columns() }))
    }
    this.exitWith(rehearsal.exitCode as ExitCode)
  }

  /** The node, as it is now. */
  private async readNode(flags: RehearseFlags): Promise<Piece> {
    const loaded = await this.load(flags)
    const recording = startRecording(liveAnswers)
    const session = await this.open(loaded, flags, recording.answers)
    const { version } = this.config
    const snapshot = await takeSnapshot({ session, recording, names: flags, version })
    return { loaded, snapshot, file: session.nodeName }
  }

  private async readState(flags: RehearseFlags, file: string): Promise<Piece> {
    const snapshot = await readSnapshot(file)
    const machine = machineOf(snapshot, recordedHost(snapshot, file), flags.node)
    if (snapshot.notice !== null) this.tell(`netplan: ${escapeControls(snapshot.notice)}\n`)
    return { loaded: await this.load(flags, machine), snapshot, file }
  }

  /** Rehearses, by a program of our own on a machine of its own. */
  private async stage({ loaded, snapshot, file }: Piece, flags: RehearseFlags): Promise<Rehearsal> {
    const { source } = loaded
    const { adopt, iptables, rollback, node } = flags
    const texts = source.files.map((name) => ({ name, text: source.text(name) ?? '' }))
    const script: Script = {
      ...{ snapshot, called: file, texts, adopt, rollback, node, iptables },
      var: flags.var ?? [],
    }
    const [, program = ''] = process.argv
    const { code, stdout, stderr } = await untilInterrupted((signal) =>
      runApart({
        argv: [process.execPath, ...process.execArgv, program, 'rehearsal', '--json'],
        stdin: JSON.stringify(script),
        signal,
      }),
    )
    this.tell(stderr)
    if (!stdout.startsWith('{')) {
      const message = `the rehearsal did not come to its end (${String(code)})`
      throw new Failure(exitCodes.error, 'rehearsal', message)
    }
    return resultOf(JSON.parse(stdout) as Rehearsal | ErrorDocument, code, loaded)
  }
}

/** What the program printed: a report, or why there is none. */
const resultOf = (
  printed: Rehearsal | ErrorDocument,
  code: number,
  { source: { text } }: Loaded,
): Rehearsal => {
  if (!('error' in printed)) return printed
  const { error } = printed
  const details = { diagnostics: error.diagnostics, textOf: text }
  throw new Failure(code as ExitCode, error.code, error.message, details)
}
