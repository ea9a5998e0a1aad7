// Where a bench runs: on a machine of its own, which goes with all that was done to it, however the bench ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
  process.exitCode = await runThere([process.execPath, ...process.argv.slice(1)])
}

async function runThere(argv) {
  const sandbox = spawn('sh', [script, ...argv], { stdio: 'inherit' })
  // A terminal tells the sandbox too, and nobody else does.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => sandbox.kill(signal))
  const [code] = await once(sandbox, 'exit')
  return code ?? 1
}
