import type { Flows } from '../resources/flow.ts'
import { warn } from './lint.ts'
import type { Lint } from './lint.ts'

/** Without conntrack(8), clients of UDP services stay with endpoints that are gone. */
export const lintConntrack: Lint = async ({ desired, reader }) => {
  const udp = desired
    .filter((one): one is Flows => one.kind === 'flow')
    .find(({ served }) => served && served.addresses.size + served.ports.size > 0)
  if (!udp || (await reader.flows(udp.family)) !== undefined) return []
  const message =
    'the program conntrack is missing: UDP clients of an endpoint that goes are not sent to another'
  return [warn(message, udp, 'apt-get install conntrack')]
}
