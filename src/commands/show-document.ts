import { checkSnapshot } from '../kernel/parse-snapshot.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { escapeAll } from '../net/controls.ts'
import { planText } from '../present/text.ts'
import type { TextOptions } from '../present/blocks.ts'
import { exitCodes, Failure } from './failure.ts'
import { checkSavedPlan, parseDocument } from './saved-parse.ts'
import type { SavedPlan } from './saved-plan.ts'

const count = (number: number, what: string): string =>
  `${String(number)} ${what}${number === 1 ? '' : 's'}`

const savedPlanText = (saved: SavedPlan, options: TextOptions): string => {
  const { plan, undo, checks } = saved
  const { node, owner, made, netplan, files } = escapeAll({
    node: plan.node,
    owner: plan.owner,
    made: saved.made,
    netplan: saved.netplan,
    files: saved.configuration.files.map(({ name }) => name).join(', '),
  })
  const head = `Saved plan for node ${node} (owner ${owner}), made at ${made} by netplan ${netplan} from ${files}.`
  const steps = plan.changes.reduce((sum, change) => sum + change.steps.length, 0)
  const tail = [
    `${count(steps, 'step')} (${count(undo.length, 'step')} would undo them)`,
    count(checks.length, 'check'),
  ]
  return `${head}\n\n${planText(saved.plan, options)}\n${tail.join(', ')}.\n`
}

const snapshotText = (snapshot: Snapshot): string => {
  const { node, versions, owners, namespaces, notice } = escapeAll(snapshot)
  const read = namespaces.filter(({ exists, name }) => exists && name !== '')
  const lines = [
    `Snapshot of node ${node.name} (host ${node.hostname}), taken by netplan ${versions.netplan}.`,
    `owners      ${owners.map(({ owner }) => owner).join(', ') || 'none'}`,
    `namespaces  ${read.map(({ name }) => name).join(', ') || 'none'}`,
    `programs    ${[versions.ip, versions.iptables].filter((one) => one !== null).join('; ')}`,
    ...(notice === null ? [] : [`notice      ${notice}`]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * What a document of ours is about: one that is stale, or of another node, too.
 *
 * @throws Failure (64) where it is none of ours, (65) where it is damaged
 */
export const documentText = (source: string, file: string, options: TextOptions): string => {
  const document = parseDocument(source)
  switch (document?.['type']) {
    case 'plan':
      return savedPlanText(checkSavedPlan(document, file), options)
    case 'snapshot':
      return snapshotText(checkSnapshot(document, file))
    default:
      throw new Failure(
        exitCodes.usage,
        'usage',
        `${file} is neither a saved plan nor a snapshot: show FILE is for these, and -f FILE for a configuration`,
      )
  }
}
