import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { netplan } from '../commands/cli.ts'
import { savedPlanErrors } from '../documents.ts'
import { createNode } from '../node/harness.ts'
import type { TestNode } from '../node/harness.ts'
import type { Ended } from '../run.ts'

/** A node, and saved plans for it. */
export interface SavedStage {
  readonly node: TestNode
  readonly folder: string
  /** Applies a configuration, as it is. */
  make(yaml: string, ...args: string[]): Promise<void>
  /** Saves a plan, and returns its file. */
  save(yaml: string, ...args: string[]): Promise<string>
  apply(file: string, ...args: string[]): Promise<Ended>
  /** What the node has: all that a plan for a configuration reads. */
  look(yaml: string): Promise<string>
  remove(): void
}

export const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>

const expect = ({ code, stdout, stderr }: Ended, wanted: number): void => {
  if (code !== wanted) throw new Error(`exit ${String(code)}: ${stdout}${stderr}`)
}

let counter = 0

export const openStage = (): SavedStage => {
  const node = createNode()
  const folder = mkdtempSync('/run/netplan-test-')
  const at = ['--netns', node.name]
  const write = (yaml: string): string => {
    counter += 1
    const file = join(folder, `${String(counter)}.yaml`)
    writeFileSync(file, yaml)
    return file
  }
  return {
    node,
    folder,
    make: async (yaml, ...args) =>
      expect(await netplan(['apply', ...at, '--auto-approve', '-f', write(yaml), ...args]), 0),
    save: async (yaml, ...args) => {
      const file = write(yaml)
      const plan = file.replace('.yaml', '.plan')
      expect(await netplan(['plan', ...at, '-f', file, '--out', plan, ...args]), 0)
      const errors = savedPlanErrors(readJson(plan))
      if (errors !== '') throw new Error(errors)
      return plan
    },
    apply: (file, ...args) => netplan(['apply', file, '--auto-approve', ...args]),
    look: async (yaml) => {
      const shown = await netplan(['show', ...at, '-f', write(yaml), '--json'])
      expect(shown, 0)
      return shown.stdout
    },
    remove: () => {
      node.remove()
      rmSync(folder, { recursive: true })
    },
  }
}
