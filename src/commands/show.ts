import { access } from 'node:fs/promises'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { DEFAULT_FILE } from '../config/files.ts'
import type { Answers } from '../kernel/answers.ts'
import type { Records } from '../kernel/records.ts'
import { escapeLine } from '../net/controls.ts'
import { kinds } from '../resources/index.ts'
import type { Owner, Ownership, Resource } from '../resources/kind.ts'
import type { Namespace } from '../resources/namespace.ts'
import { ownerId } from '../resources/ownership.ts'
import { columns, nodeFlags } from './base.ts'
import type { Parsed } from './base.ts'
import { NodeCommand } from './node-command.ts'
import { checkOwner, describeHost } from './describing.ts'
import type { Origin } from './describing.ts'
import { requireNoInput, writeDocument } from './document-files.ts'
import { exitCodes, Failure } from './failure.ts'
import { openHost } from './host.ts'
import { settleDraft } from './importing.ts'
import { loadOwner, nameOfEnvironment } from './load.ts'
import type { Loaded } from './load.ts'
import { redactFor } from './redacting.ts'
import { readGiven } from './saved-parse.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import { documentText } from './show-document.ts'
import { takeSnapshot } from './taking.ts'
import type { Wish } from './observing.ts'

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

const exists = async (file: string): Promise<boolean> => {
  try {
    await access(file)
    return true
  } catch {
    return false
  }
}

/** Where no file says whose things are looked for, and where: everybody's, and of the usual owner. */
const ownerAlone = (name: string, records: readonly Records[]): Wish => {
  const id = records.find(({ owner }) => owner === name)?.ownerId ?? ownerId(name)
  return { owner: { name, id }, resources: [] }
}

const originsOf = (resources: readonly Resource[]): readonly Origin[] =>
  resources.filter((one): one is Namespace => one.kind === 'namespace')

/** `netplan show` */
export class ShowCommand extends NodeCommand {
  static override summary = 'Print what the node has, as a configuration.'
  static override description =
    'Or what one owner has of it; or what a saved plan, or a snapshot, is about. --snapshot writes down what it takes to plan for this node elsewhere.'
  static override usage = [
    'show [-f PATH... | --owner NAME] [--owned] [FLAG...]',
    'show [-f PATH...] --snapshot FILE [--redact] [FLAG...]',
    'show DOCUMENT',
  ]
  static override examples = [
    '<%= config.bin %> show -f netplan.yaml --owned',
    '<%= config.bin %> show -f netplan.yaml --snapshot node-1.json',
    '<%= config.bin %> show node-1.plan',
  ]
  static override args = {
    document: Args.string({
      description: 'a saved plan, or a snapshot; - is standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...nodeFlags,
    owned: Flags.boolean({ description: 'only what is ours' }),
    owner: Flags.string({
      description: 'whose things are ours, and no file; default that of the file, or netplan',
      helpValue: 'NAME',
      exclusive: ['file', 'snapshot'],
    }),
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
    const { args, flags } = await this.parse(ShowCommand)
    if (args.document !== undefined) return this.showDocument(args.document, flags)
    const isAlone = flags.file === undefined && !(await exists(DEFAULT_FILE))
    if (flags.snapshot === undefined && (flags.owner !== undefined || isAlone)) {
      const host = await openHost(flags.netns)
      const wish = ownerAlone(checkOwner(flags.owner ?? 'netplan'), await host.records())
      const { netns, iptables } = flags
      return this.list(wish, await openSession(wish, { netns, iptables, adopt: false }), flags)
    }
    const loaded = this.tellWarnings(await loadOwner(flags))
    if (flags.snapshot !== undefined) return this.writeDown(flags.snapshot, loaded, flags)
    const session = await this.open(loaded, flags)
    await this.tellOfJournal(session)
    return this.list(loaded.expansion, session, flags)
  }

  private async list(wish: Wish, session: Session, flags: ShowFlags): Promise<void> {
    if (!flags.json) return this.describe(wish, flags)
    const { owner, observed, problems } = await session.observe()
    if (problems.length > 0) this.take({ ok: false, diagnostics: problems }, () => undefined)
    const objects = observed
      .flatMap((resource) => describe(resource, owner))
      .filter((object) => object.owner === 'ours' || !flags.owned)
    this.printJson({ formatVersion: '1.0', node: session.nodeName, owner: owner.name, objects })
  }

  /** The node as a file. */
  private async describe({ owner, resources }: Wish, flags: ShowFlags): Promise<void> {
    const { netns, iptables, owned } = flags
    const host = await openHost(netns)
    const scope = owned ? ('owned' as const) : ('all' as const)
    const isNamed = netns !== undefined
    const known = originsOf(resources)
    const daemons = true
    const request = { host, isNamed, owner: owner.name, known, scope, daemons, iptables }
    const draft = await describeHost(request)
    const head = owned
      ? `What ${owner.name} has on node ${host.name}.`
      : `What node ${host.name} has.`
    this.print((await settleDraft(draft, head, { host: undefined, iptables })).text)
  }

  private async showDocument(file: string, flags: ShowFlags): Promise<void> {
    const { file: files, owned, owner, snapshot } = flags
    if ([files, owner, snapshot].some((one) => one !== undefined) || owned) {
      const message = `${file} is shown as it is: --file, --owned, --owner and --snapshot are for a node`
      throw new Failure(exitCodes.usage, 'usage', message)
    }
    const source = await readGiven(file)
    const style = this.styleOf(flags)
    const text = documentText(source, file, { style, full: false, width: columns() })
    this.print(flags.json ? source : text)
  }

  private async writeDown(file: string, loaded: Loaded, flags: ShowFlags): Promise<void> {
    const { version } = this.config
    const open = (answers: Answers): Promise<Session> => this.open(loaded, flags, answers)
    const names = { netns: flags.netns, node: flags.node ?? nameOfEnvironment() }
    const { snapshot: taken } = await takeSnapshot({ open, names, version })
    const snapshot = flags.redact ? redactFor(loaded, taken, (text) => this.tell(text)) : taken
    if (file === '-') {
      this.printJson(snapshot)
      return
    }
    await requireNoInput(file, loaded.source.files)
    await writeDocument(file, snapshot, 'snapshot')
    const { name } = snapshot.node
    if (flags.json) this.printJson({ formatVersion: '1.0', node: name, snapshot: file })
    else this.print(`Snapshot of node ${escapeLine(name)}: ${escapeLine(file)}\n`)
  }
}
