import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { run } from '../run.ts'
import { isInstalled } from './installed.ts'

/** A test of all scripts of a folder by shellcheck. */
export const lintScripts = (folder: string): void => {
  const lint = isInstalled('shellcheck', 'shellcheck') ? test : test.skip
  lint('the scripts are those of a POSIX shell, by shellcheck', async (t) => {
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'))
    t.true(scripts.length > 0)
    const files = scripts.map((name) => join(folder, name))
    const { stdout, stderr } = await run(['shellcheck', '-x', '-s', 'sh', ...files])
    t.is(stdout + stderr, '')
  })
}
