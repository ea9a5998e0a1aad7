import { hostname } from 'node:os'
import { openNode } from '../kernel/namespaces.ts'
import { BaseCommand, nodeFlags } from './base.ts'
import {
  check,
  checkBackend,
  checkBridgeFilter,
  checkIptables,
  checkPrivileges,
  checkPrograms,
  checkScratch,
  findIptables,
  tryScratch,
} from './doctor-checks.ts'
import type { Check } from './doctor-checks.ts'
import { exitCodes } from './failure.ts'

const words = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const
const colors = { ok: 'green', warning: 'yellow', failed: 'red' } as const

/** `netplan doctor` */
export class DoctorCommand extends BaseCommand {
  static override summary = 'Check that this machine has what netplan needs.'
  static override description =
    'In a network namespace of its own, it tries whether iptables reads rules back as they are written. Changes nothing.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --netns node-1']
  static override flags = { netns: nodeFlags.netns }

  async run(): Promise<void> {
    const { flags } = await this.parse(DoctorCommand)
    const node = await openNode(flags.netns)
    const iptables = await findIptables()
    const checks = [
      await checkPrivileges(),
      ...(await checkPrograms()),
      ...checkIptables(iptables),
      ...(await checkBackend(node)),
      ...(await checkBridgeFilter(node)),
    ]
    const scratch = await tryScratch()
    if (typeof scratch === 'string') {
      const detail = `cannot be made, so that nothing could be tried: ${scratch}`
      checks.push(check('failed', 'network namespace', detail))
    } else {
      checks.push(...(await checkScratch(scratch, iptables).finally(() => scratch.close())))
    }
    this.show(flags.netns ?? hostname(), checks, flags)
    const code = checks.some(({ status }) => status === 'failed') ? exitCodes.error : exitCodes.done
    this.exitWith(typeof scratch === 'string' ? exitCodes.missing : code)
  }

  private show(
    node: string,
    checks: readonly Check[],
    flags: { readonly json: boolean; readonly 'no-color': boolean },
  ): void {
    if (flags.json) {
      const healthy = checks.every(({ status }) => status !== 'failed')
      this.printJson({ formatVersion: '1.0', node, healthy, checks })
      return
    }
    const style = this.styleOf(flags)
    const width = Math.max(...checks.map(({ what }) => what.length))
    for (const { status, what, detail } of checks) {
      const word = style(colors[status], words[status].padEnd(7))
      this.print(`${word}  ${what.padEnd(width)}  ${detail}\n`)
    }
  }
}
