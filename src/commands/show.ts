import { randomInt } from 'node:crypto'
import { Flags } from '@oclif/core'
import { liveAnswers } from '../kernel/live.ts'
import { startRecording } from '../kernel/recording.ts'
import { redact, textsOf } from '../kernel/redact.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { makeAliases } from '../net/aliases.ts'
import { escapeAll, escapeControls } from '../net/controls.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Ownership, Resource } from '../resources/kind.ts'
import { BaseCommand, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { loadOwner } from './load.ts'
import type { Loaded } from './load.ts'
import { writeSnapshot } from './snapshots.ts'
import { takeSnapshot } from './taking.ts'

const macPattern = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/g

type ShowFlags = Parsed<typeof ShowCommand>

interface Shown {
  readonly address: string
  readonly kind: string
  readonly owner: Ownership
  readonly attributes: Resource['attributes']
}

const describe = (resource: Resource, owner: Owner): readonly Shown[] => {
  const kind = kinds.find(({ name }) => name === resource.kind)
  if (!kind) return []
  const address = kind.title?.(resource) ?? kind.identity(resource)
  return [
    {
      address,
      kind: kind.name,
      owner: kind.owner(resource, owner),
      attributes: resource.attributes,
    },
  ]
}

const attributesText = ({ attributes }: Shown): string =>
  Object.entries(attributes)
    .filter(([name, value]) => value !== null && value !== undefined && name !== 'type')
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(' ')

/** `netplan show` */
export class ShowCommand extends BaseCommand {
  static override description = 'List the objects that the node has, and whose they are.'
  static override examples = [
    '<%= config.bin %> show -f netplan.yaml --owned',
    '<%= config.bin %> show -f netplan.yaml --snapshot node-1.json',
  ]
  static override flags = {
    ...nodeFlags,
    owned: Flags.boolean({ description: 'only what is ours' }),
    snapshot: Flags.string({
      description:
        'write down all that was read of the node, for plan --state; - is standard output',
      helpValue: 'FILE',
      exclusive: ['owned'],
    }),
    redact: Flags.boolean({
      description:
        'have others in the place of MAC addresses and public addresses: for those who help',
      dependsOn: ['snapshot'],
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ShowCommand)
    const loaded = this.tellWarnings(await loadOwner(flags))
    if (flags.snapshot !== undefined) return this.writeDown(flags.snapshot, loaded, flags)
    const session = await this.open(loaded, flags)
    await this.tellOfJournal(session)
    const { owner, observed, problems } = await session.observe()
    if (problems.length > 0) this.take({ ok: false, diagnostics: problems }, loaded.source.text)
    const objects = observed
      .flatMap((resource) => describe(resource, owner))
      .filter((object) => object.owner === 'ours' || !flags.owned)
    if (flags.json) {
      this.printJson({ formatVersion: '1.0', node: session.nodeName, owner: owner.name, objects })
      return
    }
    const lines = escapeAll(objects).map((object) =>
      `${object.owner.padEnd(8)}${object.address}  ${attributesText(object)}`.trimEnd(),
    )
    this.print(lines.map((line) => `${line}\n`).join(''))
  }

  private async writeDown(file: string, loaded: Loaded, flags: ShowFlags): Promise<void> {
    const recording = startRecording(liveAnswers)
    const session = await this.open(loaded, flags, recording.answers)
    const { version } = this.config
    const taken = await takeSnapshot({ session, recording, names: flags, version })
    const snapshot = flags.redact ? this.redact(taken, loaded) : taken
    if (file === '-') {
      this.printJson(snapshot)
      return
    }
    await writeSnapshot(file, snapshot)
    const { name } = snapshot.node
    if (flags.json) this.printJson({ formatVersion: '1.0', node: name, snapshot: file })
    else this.print(`Snapshot of node ${escapeControls(name)}: ${escapeControls(file)}\n`)
  }

  /** What the files have of what is replaced has to be replaced there, too: it is told. */
  private redact(snapshot: Snapshot, { source, expansion }: Loaded): Snapshot {
    const files = source.files.map((name) => ({ name, text: source.text(name) ?? '' }))
    const texts = [...files.map(({ text }) => text), ...textsOf(snapshot)]
    const made = JSON.stringify(expansion.resources)
    const written = files.map(({ text }) => text).join('\n')
    const kept = new Set(`${made}\n${written}`.toLowerCase().match(macPattern))
    const aliases = makeAliases(texts, { random: (below) => randomInt(below), kept })
    for (const { name, text } of files)
      for (const [one, alias] of aliases.find(text))
        this.tell(`netplan: in ${escapeControls(name)}, put ${alias} in the place of ${one}\n`)
    return redact(snapshot, aliases)
  }
}
