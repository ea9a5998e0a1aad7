import type { Action, Flow } from './flow.ts'
import type { Chain, Rule } from './rules.ts'

/** What a packet went through; grows as it goes. */
export interface Log {
  /** The chains it entered, as `nat PREROUTING`. */
  readonly path: string[]
  /** The rules that matched, in the order in which they did. */
  readonly matched: Rule[]
  /** How many rules were looked at. */
  evaluated: number
}

/** How a table ended for a packet. NAT ends its table, too. */
export type Outcome =
  | Extract<Action<Chain>, { do: 'accept' | 'drop' | 'masquerade' | 'reject' | 'dnat' }>
  | { readonly do: 'policy' }

interface Place {
  readonly chain: Chain
  readonly next: number
}

/** Takes a packet through a built-in chain, and whatever is called from there. */
export const walk = (builtIn: Chain, flow: Flow, log: Log): Outcome => {
  const callers: Place[] = []
  let { chain, next } = enter(builtIn, log)
  for (;;) {
    const rule = chain.rules[next]
    if (rule) {
      next += 1
      log.evaluated += 1
      if (!matches(rule, flow)) continue
      log.matched.push(rule)
    }
    // The end of a chain is a RETURN, and that of a built-in chain its policy.
    const action = rule?.action ?? RETURN
    switch (action.do) {
      case 'nothing':
        break
      case 'mark':
        flow.mark = ((flow.mark & action.keep) ^ action.flip) >>> 0
        break
      case 'untrack':
        // xt_CT: what has a connection already, keeps it.
        if (flow.state === 'INVALID') flow.state = 'UNTRACKED'
        break
      case 'jump':
      case 'goto':
        // -g leaves no way back to this chain, only to its caller.
        if (action.do === 'jump') callers.push({ chain, next })
        ;({ chain, next } = enter(action.chain, log))
        break
      case 'return': {
        const caller = callers.pop()
        if (!caller) return { do: 'policy' }
        ;({ chain, next } = caller)
        break
      }
      default:
        return action
    }
  }
}

const RETURN = { do: 'return' } as const

const enter = (chain: Chain, { path }: Log): Place => {
  path.push(`${chain.table} ${chain.name}`)
  return { chain, next: 0 }
}

const matches = ({ checks }: Rule, flow: Flow): boolean => {
  for (const check of checks) if (!check(flow)) return false
  return true
}
