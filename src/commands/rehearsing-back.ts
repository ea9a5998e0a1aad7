import { openJournal, readJournal } from '../apply/journal.ts'
import { rollBack } from '../apply/rollback.ts'
import { openWriter } from '../kernel/writer.ts'
import { compareStates } from '../rehearsal/sameness.ts'
import { kinds } from '../resources/index.ts'
import type { Resource } from '../resources/kind.ts'
import { exitCodes } from './failure.ts'
import { add } from './rehearsal-draft.ts'
import type { Draft } from './rehearsal-draft.ts'
import type { Session } from './session.ts'
import { journalPath } from './undertake.ts'
import { openWayBack } from './wayback.ts'

/** Goes back by the journal, as `netplan rollback` does. */
export const goBack = async (
  session: Session,
  before: readonly Resource[],
  draft: Draft,
): Promise<void> => {
  const journal = await readJournal(await journalPath(session.node, session.owner.name))
  if (!journal) return
  const back = await draft.time('rollback', () =>
    rollBack('asked for', {
      ...openWayBack(session.node, journal.header),
      writer: openWriter(),
      journal: openJournal(journal.path),
    }),
  )
  const { observed } = await session.observe()
  const differences = compareStates(kinds, before, observed)
  add(draft, { rollback: { complete: back.complete, differences } })
  if (back.complete && differences.length === 0) return
  const message = 'the apply was done, and could not be rolled back as a whole'
  add(draft, { verdict: 'part-applied', exitCode: exitCodes.partApplied, message })
}
