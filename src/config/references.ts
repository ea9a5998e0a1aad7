import * as addresses from './checks/addresses.ts'
import * as bridges from './checks/bridges.ts'
import * as fdb from './checks/fdb.ts'
import * as firewall from './checks/firewall.ts'
import * as iptables from './checks/iptables.ts'
import * as macs from './checks/macs.ts'
import * as mtus from './checks/mtus.ts'
import * as names from './checks/names.ts'
import * as neighbors from './checks/neighbors.ts'
import * as paths from './checks/paths.ts'
import * as probes from './checks/probes.ts'
import * as required from './checks/required.ts'
import * as routes from './checks/routes.ts'
import * as rules from './checks/rules.ts'
import * as serviceAddresses from './checks/service-addresses.ts'
import * as servicePolicies from './checks/service-policies.ts'
import * as services from './checks/services.ts'
import * as sysctls from './checks/sysctls.ts'
import { mapTopology, type Check, type Problem } from './checks/topology.ts'
import * as vxlans from './checks/vxlans.ts'
import type { Config } from './config.ts'
import type { Diagnostic } from './diagnostics.ts'
import { findAt, headOf, type Located, type Path } from './located.ts'
import { locatePlace, spanOf, type Place } from './source.ts'

const CHECKS: readonly Check[] = [
  names.checkDeviceNames,
  names.checkLoopback,
  names.checkDeviceTwins,
  names.checkNamespaceReferences,
  names.checkNamespaces,
  bridges.checkBridgeReferences,
  bridges.checkPortOptions,
  bridges.checkSpanningTree,
  macs.checkLinkMacs,
  addresses.checkAddressTwins,
  addresses.checkAddressKinds,
  mtus.checkIPv6Mtu,
  mtus.checkFollowed,
  mtus.checkAutoMtus,
  mtus.checkCircles,
  vxlans.checkUnderlays,
  vxlans.checkFlooding,
  vxlans.checkEndpoints,
  vxlans.checkTunnelFamilies,
  vxlans.checkTunnelTwins,
  neighbors.checkNeighborKinds,
  neighbors.checkNeighborTwins,
  fdb.checkFdbEntries,
  fdb.checkFdbTwins,
  fdb.checkFloodTwins,
  routes.checkRoutes,
  routes.checkRouteDevices,
  routes.checkRouteTwins,
  rules.checkRulePrefixes,
  rules.checkRuleFamilies,
  rules.checkRuleTypes,
  rules.checkPortRanges,
  rules.checkFwmarks,
  rules.checkRuleTwins,
  sysctls.checkSysctls,
  sysctls.checkSysctlTwins,
  firewall.checkFirewallPrefixes,
  firewall.checkFirewallFamilies,
  firewall.checkForwardedPorts,
  firewall.checkComments,
  firewall.checkMasquerades,
  firewall.checkAutoDevices,
  services.checkReachable,
  services.checkPorts,
  services.checkNodePorts,
  services.checkServiceTwins,
  services.checkAddressesOnce,
  serviceAddresses.checkServicePrefixes,
  serviceAddresses.checkSpotKinds,
  serviceAddresses.checkClusterIPs,
  serviceAddresses.checkEndpointFamilies,
  serviceAddresses.checkClusterIPRanges,
  serviceAddresses.checkProxyRanges,
  iptables.checkIptables,
  probes.checkProbeKinds,
  probes.checkProbeNamespaces,
  probes.checkUrls,
  probes.checkReaches,
  probes.checkAnswers,
  probes.checkProbeNames,
  bridges.lintPortAddresses,
  bridges.lintBridgeMtu,
  paths.lintPodMtu,
  paths.lintHairpin,
  paths.lintForwardingOff,
  servicePolicies.lintExternalPolicy,
  servicePolicies.lintSourceRanges,
  servicePolicies.lintPodRanges,
  servicePolicies.lintLoopbackNodePorts,
  addresses.lintSubnetTwins,
  addresses.lintSubnetEnds,
]

/** What is wrong with a configuration beyond the shape of each value: errors and warnings, all at once. */
export const checkReferences = (config: Config, root: Located): readonly Diagnostic[] => {
  const topology = mapTopology(config)
  const missing = required.checkRequired(config)
  // What lacks these cannot be looked at further.
  if (missing.length > 0) return missing.map((problem) => locateProblem(root, problem))
  return CHECKS.flatMap((check) => check(topology)).map((problem) => locateProblem(root, problem))
}

/** A problem at the line that has it. */
export const locateProblem = (root: Located, problem: Problem): Diagnostic => {
  const { severity = 'error', code, message, path, part, within, hint, related } = problem
  return {
    severity,
    code,
    message,
    location: locatePlace(within ? placeWithin(root, path, within) : placeAt(root, path, part)),
    ...(hint !== undefined && { hint }),
    ...(related && { related: locatePlace(placeAt(root, related, part)) }),
  }
}

/** A word of a text. Where the file has escapes or variables in it, the text as a whole. */
const placeWithin = (root: Located, path: Path, within: NonNullable<Problem['within']>): Place => {
  const place = placeAt(root, path)
  const value = findAt(root, path)?.value
  const text = value?.kind === 'scalar' ? String(value.value) : ''
  const span = spanOf(place)
  const source = place.file.text.slice(span.start, span.end)
  const isQuoted = /^(["']).*\1$/s.test(source)
  if ((isQuoted ? source.slice(1, -1) : source) !== text) return place
  const start = span.start + within.at + Number(isQuoted)
  return { file: place.file, start, end: Math.min(start + within.length, span.end) }
}

/** The value; the key of a mapping or list, which starts on a line of its own. */
const placeAt = (root: Located, path: Path, part?: 'key'): Place => {
  const found = findAt(root, path)
  if (!found) return headOf(root, path)
  return found.key && (part === 'key' || found.value.kind !== 'scalar')
    ? found.key
    : found.value.place
}
