import type { Location } from '../config/diagnostics.ts'
import { sysctlPath } from '../net/sysctls.ts'
import type { Family } from '../net/addresses.ts'
import type { Sysctl } from '../resources/sysctl.ts'
import type { Context } from './context.ts'
import { forwardingFamilies, masqueradeFamilies } from './firewall.ts'

/** A kernel parameter that something in the file needs, unless the file says otherwise. */
export const implySysctl = (
  { config }: Context,
  path: string,
  value: string,
  source: Location | undefined,
): readonly Sysctl[] => {
  const declared = Object.keys(config.sysctls ?? {}).some((key) => sysctlPath(key) === path)
  return declared ? [] : [{ kind: 'sysctl', namespace: '', path, attributes: { value }, source }]
}

const forwardingPath = { inet: 'net/ipv4/ip_forward', inet6: 'net/ipv6/conf/all/forwarding' }

const forwardingTwin = { inet: 'net/ipv4/conf/all/forwarding', inet6: undefined }

/** Forwarding: without it nothing goes through this node. */
export const implyForwarding = (
  context: Context,
  family: Family,
  source: Location | undefined,
): readonly Sysctl[] => {
  const twin = forwardingTwin[family]
  const declared = Object.keys(context.config.sysctls ?? {}).some((key) => sysctlPath(key) === twin)
  return declared ? [] : implySysctl(context, forwardingPath[family], '1', source)
}

/** What `forwarding` and `masquerade` need. */
export const implyForForwarding = (context: Context): readonly Sysctl[] => {
  const { forwarding = [], masquerade = [] } = context.config
  const accepts = forwarding.filter(({ action = 'accept' }) => action === 'accept')
  const wanted = [
    ...accepts.flatMap((entry) =>
      forwardingFamilies(entry).map((family) => ({ family, section: 'forwarding' })),
    ),
    ...masquerade.flatMap((entry) =>
      masqueradeFamilies(entry).map((family) => ({ family, section: 'masquerade' })),
    ),
  ]
  return wanted.flatMap(({ family, section }) =>
    implyForwarding(context, family, context.locate([section], 'key')),
  )
}
