import * as Flags from '@oclif/core/flags'
import { sourceFor, sourceOf } from '../config/load.ts'
import type { LoadedFiles, LoadResult } from '../config/load.ts'
import type { Diagnostic } from '../config/diagnostics.ts'
import { drawValidation } from '../present/pipeline/validation.ts'
import type { ValidationDocument } from '../present/validation.ts'
import { adoptFlag, BaseCommand, fileFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { countObjects, loadShared, namedMachine, refuse } from './load.ts'
import type { FileFlags } from './load.ts'
import { formatFlag, formats, reportFlag } from './outputs.ts'
import type { Rendition } from './rendition.ts'
import { reporting } from './reporting.ts'
import type { About } from './reporting.ts'

type ValidateFlags = Parsed<typeof ValidateCommand>

interface Validated {
  readonly warnings: readonly Diagnostic[]
  readonly owner: string
  /** By node; of a file without a cluster, under no name. */
  readonly objects: ReadonlyMap<string, number>
}

/** The part of each node, or of the one that is asked for: one after the other, for they may be many. */
async function* partsOf(loaded: LoadedFiles, flags: FileFlags): AsyncGenerator<LoadResult> {
  if (!loaded.fleet || flags.node !== undefined) {
    yield await sourceFor(loaded, { machine: namedMachine(flags) })
    return
  }
  for (const { name } of loaded.fleet.nodes) yield sourceOf(loaded, name)
}

const validateParts = async (loaded: LoadedFiles, flags: FileFlags): Promise<Validated> => {
  const found = new Map<string, Diagnostic>()
  const objects = new Map<string, number>()
  for await (const result of partsOf(loaded, flags)) {
    // The same of several nodes is told once.
    for (const one of result.ok ? result.warnings : result.diagnostics)
      found.set(JSON.stringify(one), one)
    if (!result.ok) continue
    const { nodeName = '' } = result.source
    objects.set(nodeName, countObjects(result.source, nodeName))
  }
  const warnings = [...found.values()]
  if (warnings.some(({ severity }) => severity === 'error')) {
    throw refuse({ diagnostics: warnings, files: loaded.files, text: loaded.text })
  }
  return { warnings, owner: loaded.written.config.owner ?? 'netplan', objects }
}

/** `netplan validate` */
export class ValidateCommand extends BaseCommand {
  static override summary = 'Check a configuration; of a cluster, that of all its nodes.'
  static override description = 'Needs no node and no privileges.'
  static override examples = [
    '<%= config.bin %> validate -f netplan.yaml',
    '<%= config.bin %> validate -f fleet.yaml --node node-1',
    '<%= config.bin %> validate -f netplan.yaml --state node-1.json',
    '<%= config.bin %> validate --format github --report junit=junit.xml',
  ]
  static override flags = {
    ...fileFlags,
    ...adoptFlag,
    state: Flags.string({
      description:
        'look whether the node that this snapshot is of has something against it, too; - is standard input',
      helpValue: 'FILE',
    }),
    ...formatFlag,
    ...reportFlag,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ValidateCommand)
    const { version } = this.config
    await reporting({ command: 'validate', version, flags, known: formats }, (about) =>
      this.validate(flags, about),
    )
  }

  private async validate(flags: ValidateFlags, about: About): Promise<Rendition> {
    const loaded = await loadShared(flags)
    const { files, fleet, text } = loaded
    const { warnings: found, owner, objects } = await validateParts(loaded, flags)
    const warnings = [...found, ...(await this.tryNode(loaded, flags))]
    const total = [...objects.values()].reduce((sum, count) => sum + count, 0)
    if (!flags.json) this.tellDiagnostics(warnings, text)
    const nodes = fleet && { nodes: Object.fromEntries(objects) }
    const counted = { formatVersion: '1.0', valid: true, files, objects: total, ...nodes } as const
    const document: ValidationDocument = { ...counted, diagnostics: warnings }
    const size = fleet ? `, ${String(objects.size)} node${objects.size === 1 ? '' : 's'}` : ''
    return {
      text: () => `Valid: ${files.join(', ')} (owner ${owner}${size}, ${String(total)} objects).\n`,
      json: document,
      drawings: drawValidation(document, about(files)),
    }
  }

  /** Planning is loaded where it is asked for alone: it is half of the program. */
  private async tryNode(files: LoadedFiles, flags: ValidateFlags): Promise<readonly Diagnostic[]> {
    if (flags.state === undefined) return []
    const { tryNode } = await import('./validating.ts')
    return tryNode(files, flags.state, flags)
  }
}
