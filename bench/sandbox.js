// Where a bench runs: on a machine of its own, which goes with all that was done to it, however the bench ends.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder for what a bench writes. It is in the machine's own /run, so that nothing has to remove it. */
export const SCRATCH = '/run/bench'

const script = fileURLToPath(new URL('../scripts/sandbox.sh', import.meta.url))

// Each folder that has not the program is one more failing execve of every process that is measured.
const path = `${dirname(process.execPath)}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`

/** Runs this very program again in a sandbox, and there the bench. */
export const inSandbox = async (bench) => {
  // It doubles the start of node, and has nothing to do with the network.
  delete process.env.NODE_EXTRA_CA_CERTS
  if (process.env.NETPLAN_SANDBOX) {
    process.env.PATH = path
    mkdirSync(SCRATCH, { recursive: true })
    await bench()
    return
  }
  const argv = [script, process.execPath, ...process.argv.slice(1)]
  process.exitCode = spawnSync('sh', argv, { stdio: 'inherit' }).status ?? 1
}
