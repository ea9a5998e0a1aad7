import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { environment, inNamespace } from './run.ts'

/**
 * Neighbours and forwarding entries are not among them: the kernel learns them all the time. Of rules of iptables and of
 * kernel parameters it says nothing.
 */
const objects = ['link', 'address', 'route', 'rule', 'nsid']

/** Behind one that ended, in milliseconds. */
const pause = 1000

const start = (netns: string | undefined): ChildProcess => {
  const argv = inNamespace(['ip', '-o', 'monitor', 'all-nsid', ...objects], netns)
  const [program = '', ...args] = argv
  return spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A look at the node, beside what is heard of it. */
export interface Look {
  /** Whether nothing was heard of a namespace since the last look at all of them that ended well. */
  isQuiet(nsid: number): boolean
  /** It ended well: what was heard before it is settled. */
  settle(): void
}

/** What is heard of a node, and of namespaces that have a device in common with it. */
export interface Monitor {
  look(): Look
  close(): void
}

/** So many looks may spare somebody, and then one spares nobody: who is told nothing should not believe it for ever. */
const mostSpared = 10

/** Who was heard of, look by look; one look at a time. */
const openEar = (): Pick<Monitor, 'look'> & { hear(text: string): void; miss(): void } => {
  // Since the last look that ended well, and since the one that is under way; undefined: it may be anything.
  let heard: Set<number> | undefined
  let since: Set<number> | undefined
  let looks = 0
  return {
    hear: (text) => {
      for (const [, nsid] of text.matchAll(/^\[nsid (\d+)\]/gm)) {
        heard?.add(Number(nsid))
        since?.add(Number(nsid))
      }
    },
    miss: () => {
      heard = undefined
      since = undefined
    },
    look: () => {
      looks += 1
      if (looks % mostSpared === 0) heard = undefined
      const own = (since = new Set<number>())
      return {
        isQuiet: (nsid) => heard?.has(nsid) === false,
        settle: () => {
          if (since === own) heard = own
        },
      }
    },
  }
}

/** A line may come in two pieces. */
const inLines = (use: (lines: string) => void): ((chunk: Buffer) => void) => {
  let rest = ''
  return (chunk) => {
    const text = rest + chunk.toString('latin1')
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    use(text.slice(0, end))
  }
}

/**
 * Listens to links, addresses, routes and policy rules of a node, also in namespaces that have a device in common with it
 * (ip-monitor(8)).
 *
 * @param netns the file of the namespace to listen in; undefined is the caller's own
 * @param moved is called whenever something is heard, and where something may have been missed
 */
export const monitorNode = (netns: string | undefined, moved: () => void): Monitor => {
  const ear = openEar()
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const begin = (): void => {
    child = start(netns)
    child.stdout?.on(
      'data',
      inLines((lines) => {
        ear.hear(lines)
        moved()
      }),
    )
    // More was said than it could read ("No buffer space available"): it goes on, and what is lost may be anything.
    child.stderr?.on('data', () => {
      ear.miss()
      moved()
    })
    // Without the program looks now and then have to do: that it is missing they say themselves.
    child.on('error', again).on('close', again)
  }
  const again = (): void => {
    ear.miss()
    if (isOver || timer) return
    timer = setTimeout(() => {
      timer = undefined
      begin()
      moved()
    }, pause)
  }
  begin()
  return {
    look: () => ear.look(),
    close: () => {
      isOver = true
      clearTimeout(timer)
      child?.kill()
    },
  }
}
