import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { environment, inNamespace } from './run.ts'

/**
 * Neighbours and forwarding entries are not among them: the kernel learns them all the time. Of rules of iptables it says
 * nothing (`xtables-monitor` knows those of nft alone).
 */
const objects = ['link', 'address', 'route', 'rule', 'nsid']

/** Behind one that ended, in milliseconds: it does where more is said than it can read. */
const pause = 1000

const start = (netns: string | undefined): ChildProcess => {
  const argv = inNamespace(['ip', '-o', 'monitor', 'all-nsid', ...objects], netns)
  const [program = '', ...args] = argv
  return spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] })
}

/**
 * Calls whenever a link, an address, a route or a policy rule of a node moves, also in namespaces that have a device in
 * common with it (ip-monitor(8)); and once where it may have missed something.
 *
 * @param netns the file of the namespace to listen in; undefined is the caller's own
 * @returns what ends it
 */
export const monitorNode = (netns: string | undefined, moved: () => void): (() => void) => {
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const again = (): void => {
    child = undefined
    if (isOver || timer) return
    timer = setTimeout(() => {
      timer = undefined
      begin()
      moved()
    }, pause)
  }
  const begin = (): void => {
    child = start(netns)
    child.stdout?.on('data', moved)
    // Without the program a look now and then has to do: what is missing is said by that.
    child.on('error', again).on('close', again)
  }
  begin()
  return () => {
    isOver = true
    clearTimeout(timer)
    child?.kill()
  }
}
