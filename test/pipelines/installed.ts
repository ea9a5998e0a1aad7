import { execFileSync } from 'node:child_process'

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
