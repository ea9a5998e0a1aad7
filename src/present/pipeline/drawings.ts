import { codeQuality } from './gitlab.ts'
import { github } from './github.ts'
import { junit } from './junit.ts'
import type { Suite } from './junit.ts'
import { sarif } from './sarif.ts'
import type { Finding, Setting } from './finding.ts'

/** The formats that are made for pipelines. */
export const pipelineFormats = ['markdown', 'junit', 'sarif', 'github', 'gitlab'] as const

/** What a command has to say, in each of them; drawn when it is asked for. */
export type Drawings = Readonly<Record<(typeof pipelineFormats)[number], () => string>>

/** What there is to say, in the terms of the formats. */
export interface Account {
  readonly markdown: () => string
  readonly suite: () => Suite
  readonly findings: () => readonly Finding[]
}

export const draw = ({ markdown, suite, findings }: Account, setting: Setting): Drawings => ({
  markdown,
  junit: () => junit(suite()),
  sarif: () => sarif(findings(), setting),
  github: () => github(findings(), setting),
  gitlab: () => codeQuality(findings(), setting),
})
