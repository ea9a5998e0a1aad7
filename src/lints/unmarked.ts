import { rulesOf } from '../resources/chain.ts'
import type { Chain } from '../resources/chain.ts'
import { frontendsIn } from './frontends.ts'

/**
 * A chain of a service with packets that do not carry the mark: those to a cluster IP, and those from
 * outside that go to endpoints of this node with their own source.
 */
export const unmarkedService = (chains: readonly Chain[]): Chain | undefined => {
  const targets = new Set(
    frontendsIn(chains).flatMap(({ address, target }) => (address === undefined ? [] : [target])),
  )
  return chains.find((chain) => {
    const rules = rulesOf(chain)
    if (/^NP\d+-EXT-/.test(chain.chain)) return rules.some((rule) => /-g NP\d+-SVL-/.test(rule))
    const isDirect = /^NP\d+-SV[CL]-/.test(chain.chain) && targets.has(chain.chain)
    return isDirect && !rules.some((rule) => rule.includes(' -j MARK '))
  })
}
