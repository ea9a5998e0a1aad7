// Saved plans without starting a program for each: what `plan --out` and `apply FILE` do between their flags and their output.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from '../../src/commands/load.ts'
import { openSavedPlan } from '../../src/commands/saved-apply.ts'
import { checkSavedPlan } from '../../src/commands/saved-parse.ts'
import { outcomeOf, savePlan } from '../../src/commands/saved-plan.ts'
import type { Ingredients } from '../../src/commands/saved-plan.ts'
import { ingredientsOf, remake } from '../../src/commands/saving.ts'
import { openSession } from '../../src/commands/session.ts'
import type { Session } from '../../src/commands/session.ts'
import { takeSnapshot } from '../../src/commands/taking.ts'
import type { Node } from '../../src/kernel/namespaces.ts'
import { savedPlanErrors } from '../documents.ts'

const version = '0.0.0-test'

/** A document, as it is read from its file. */
export type SavedDocument = Record<string, unknown>

/** The document that ingredients give, whoever has mixed them. */
export const compose = async (ingredients: Ingredients): Promise<SavedDocument> => {
  const { view, loaded } = await remake(ingredients, 'of a test')
  const planned = await view.plan()
  if (!planned.ok) throw new Error(planned.diagnostics.map(({ message }) => message).join('\n'))
  const outcome = outcomeOf(planned, view, loaded.expansion)
  const saved = savePlan(ingredients, outcome, { netplan: version, made: new Date() })
  return JSON.parse(JSON.stringify(saved)) as SavedDocument
}

/** The plan of a configuration for a node, as `plan --out` writes it. */
export const save = async (netns: string, yaml: string): Promise<SavedDocument> => {
  const folder = mkdtempSync('/run/netplan-test-')
  try {
    const file = join(folder, 'node.yaml')
    writeFileSync(file, yaml)
    const flags = { file: [file], netns }
    const loaded = await load(flags)
    const { expansion, settle } = loaded
    const { snapshot } = await takeSnapshot({
      names: flags,
      version,
      open: (answers) => openSession(expansion, { netns, adopt: false, settle, answers }),
    })
    const document = await compose(ingredientsOf(loaded, snapshot, flags))
    const errors = savedPlanErrors(document)
    if (errors !== '') throw new Error(errors)
    return document
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The node, opened for a saved plan as `apply FILE` opens it. */
export const open = async (
  document: SavedDocument,
  tell: (text: string) => void = () => undefined,
): Promise<Session & { readonly node: Node }> => {
  const saved = checkSavedPlan(document, 'x.plan')
  const options = { file: 'x.plan', netns: undefined, version, tell }
  return (await openSavedPlan(saved, options)).session
}
