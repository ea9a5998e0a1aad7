import type { IpLink } from '../../kernel/ip.ts'
import type { Step } from '../kind.ts'
import { step } from '../kind.ts'
import type { Extras, Link } from './link.ts'
import { tunnelWords } from './tunnel.ts'

const usualQueue = 1000

/** What nobody asks of us, and others may have given a link. */
export const extrasOf = (link: IpLink): Extras | undefined => {
  const { ifalias, txqlen = usualQueue, altnames = [] } = link
  const { info_kind: kind, info_data: data = {} } = link.linkinfo ?? {}
  const tunnel = kind === 'vxlan' ? tunnelWords(data) : []
  const extras = {
    ...(ifalias === undefined ? {} : { alias: ifalias }),
    ...(txqlen === usualQueue ? {} : { queue: txqlen }),
    ...(altnames.length === 0 ? {} : { altnames }),
    ...(tunnel.length === 0 ? {} : { tunnel }),
  }
  return Object.keys(extras).length === 0 ? undefined : extras
}

/** Gives it to a link that is made again. */
export const extraSteps = ({ namespace, name, extras = {} }: Link): readonly Step[] => {
  const { alias, queue, altnames = [] } = extras
  const set = ['ip', 'link', 'set', 'dev', name]
  return [
    ...(queue === undefined ? [] : [step(namespace, [...set, 'txqueuelen', String(queue)])]),
    ...(alias === undefined ? [] : [step(namespace, [...set, 'alias', alias])]),
    ...altnames.map((other) =>
      step(namespace, ['ip', 'link', 'property', 'add', 'dev', name, 'altname', other]),
    ),
  ]
}
