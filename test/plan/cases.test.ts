import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { formatDiagnostic } from '../../src/config/frame.ts'
import { loadConfig } from '../../src/config/load.ts'
import { expand } from '../../src/expand/index.ts'
import { markLockouts } from '../../src/guards/lockout.ts'
import { makePlan, observeAll } from '../../src/plan/plan.ts'
import { planDocument } from '../../src/present/document.ts'
import { planScript } from '../../src/present/script.ts'
import { plain } from '../../src/present/style.ts'
import { planText } from '../../src/present/text.ts'
import { kinds } from '../../src/resources/index.ts'
import { placesOf } from '../../src/resources/namespace.ts'
import { emptyNode, readFixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

// Each folder of test/cases is a case: `netplan.yaml` is what is desired, `observed.json` what the
// node has (none: nothing but `lo`), `ssh.txt` who is logged in to it (none: nobody), `plan.txt` and
// `script.sh` what comes of it. UPDATE=1 writes these two anew: read them before you commit them.
const folder = 'test/cases'

const planCase = async (directory: string): Promise<{ text: string; script: string }> => {
  const file = join(directory, 'netplan.yaml')
  const result = await loadConfig({ files: [file] })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const { owner, resources } = expand(result.source.config, result.source.locate)
  const observedFile = join(directory, 'observed.json')
  const fixture = existsSync(observedFile)
    ? (JSON.parse(readFileSync(observedFile, 'utf8')) as Fixture)
    : emptyNode
  const reader = readFixture(fixture)
  const observed = await observeAll(kinds, reader, resources)
  const options = { owner: { ...owner, records: reader.records }, adopt: false }
  const planned = makePlan(kinds, resources, observed, options)
  if (!planned.ok) {
    const { text: textOf } = result.source
    const text = planned.diagnostics.map((one) => formatDiagnostic(one, textOf)).join('\n')
    return { text: `${text}\n`, script: '' }
  }
  const sshFile = join(directory, 'ssh.txt')
  const sshConnection = existsSync(sshFile) ? readFileSync(sshFile, 'utf8') : undefined
  const plan = markLockouts(planned.plan, observed, { sshConnection })
  const paths = new Map(placesOf(resources, reader.records).map(({ name, path }) => [name, path]))
  return {
    text: planText(planDocument(plan, 'node-1'), { style: plain, full: false, width: 100 }),
    script: planScript(plan.steps, (name) => paths.get(name)),
  }
}

for (const name of readdirSync(folder).sort()) {
  test(`case ${name}`, async (t) => {
    const directory = join(folder, name)
    const { text, script } = await planCase(directory)
    const expected = { [join(directory, 'plan.txt')]: text, [join(directory, 'script.sh')]: script }
    for (const [file, content] of Object.entries(expected)) {
      if (process.env['UPDATE'] !== undefined) writeFileSync(file, content)
      t.is(content, readFileSync(file, 'utf8'), file)
    }
  })
}
