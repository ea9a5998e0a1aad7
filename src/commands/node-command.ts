import { hostname } from 'node:os'
import type { Diagnostic } from '../config/diagnostics.ts'
import type { Answers } from '../kernel/answers.ts'
import type { Backend } from '../iptables/restore.ts'
import { planDocument } from '../present/document.ts'
import type { PlanDocument } from '../present/document.ts'
import { plain } from '../present/style.ts'
import { planText } from '../present/text.ts'
import type { Plan, PlanResult } from '../plan/plan.ts'
import { BaseCommand, columns, fileColumns } from './base.ts'
import { exitCodes, Failure, noPlan } from './failure.ts'
import { warnOfJournal } from './journals.ts'
import type { Loaded } from './load.ts'
import { openSession } from './session.ts'
import type { Session } from './session.ts'
import type { View } from './view.ts'

interface NodeFlags {
  readonly netns?: string | undefined
  readonly iptables?: Backend | undefined
  readonly adopt?: boolean
}

interface TextFlags {
  readonly full?: boolean
  readonly verbose?: boolean
  readonly 'no-color': boolean
}

/** What commands share that look at a node: how a plan is come by, and told. */
export abstract class NodeCommand extends BaseCommand {
  protected open(
    loaded: Loaded,
    { netns, iptables, adopt = false }: NodeFlags,
    answers?: Answers,
  ): Promise<Session> {
    if (netns === '') throw new Failure(exitCodes.usage, 'usage', '--netns needs a name')
    const { expansion, settle, source } = loaded
    const { nodeName } = source
    return openSession(expansion, { netns, iptables, adopt, settle, nodeName, answers })
  }

  /** The plan; a Failure (1) where the node does not allow one. */
  protected take(result: PlanResult, textOf: (file: string) => string | undefined): Plan {
    if (result.ok) {
      this.tellDiagnostics(result.warnings, textOf)
      return result.plan
    }
    throw noPlan(result.diagnostics, textOf)
  }

  /** What a person calls the node. */
  protected nameOf({ netns }: { readonly netns?: string | undefined }): string {
    return netns ?? hostname()
  }

  /** Says what became of the last apply, where that is not over. */
  protected async tellOfJournal({ node, owner }: Session): Promise<void> {
    const warning = await warnOfJournal(node, owner.name)
    if (warning !== undefined) this.tell(`netplan: ${warning}\n`)
  }

  /** The text of a plan, as it is looked at and as it is kept. */
  protected planTexts(document: PlanDocument, flags: TextFlags): (isFile: boolean) => string {
    const { full = false, verbose = false } = flags
    return (isFile) =>
      isFile
        ? planText(document, { style: plain, full, verbose, width: fileColumns })
        : planText(document, { style: this.styleOf(flags), full, verbose, width: columns() })
  }

  protected document(plan: Plan, session: View): ReturnType<typeof planDocument> {
    return planDocument(plan, session.nodeName)
  }
}

/** What is hardly meant of a plan; nothing of one that is refused, for that says what is wrong. */
export const warningsOf = (result: PlanResult): readonly Diagnostic[] =>
  result.ok ? result.warnings : []
