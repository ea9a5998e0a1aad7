import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { run } from '../run.ts'

/** Whether a program is there; where it is not, says the command that gets it. */
export const isInstalled = (program: string, debian: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    console.error(`${program} is missing, so its tests are skipped: apt-get install -y ${debian}`)
    return false
  }
}

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
