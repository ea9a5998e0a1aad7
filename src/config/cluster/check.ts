import { missingKeys } from '../checks/required.ts'
import type { Problem } from '../checks/topology.ts'
import type { WrittenConfig } from '../config.ts'
import { checkAllocation } from './check-allocation.ts'
import { checkBackend } from './check-backend.ts'
import { checkNodeAddresses } from './check-nodes.ts'
import { checkOverlays } from './check-overlays.ts'
import { checkMtus } from './check-mtus.ts'
import { checkPodCIDRs } from './check-pod-cidrs.ts'
import { checkPools } from './check-pools.ts'
import { checkEndpoints } from './check-endpoints.ts'
import { checkPods } from './check-pods.ts'
import type { Fleet } from './fleet.ts'

/** Checks what a file says of a whole fleet. */
type FleetCheck = (config: WrittenConfig, fleet: Fleet) => readonly Problem[]

const CHECKS: readonly FleetCheck[] = [
  checkPools,
  checkNodeAddresses,
  checkPodCIDRs,
  checkBackend,
  checkMtus,
  checkPods,
  checkOverlays,
]

const podsWithoutCluster = ({ pods }: WrittenConfig): readonly Problem[] =>
  pods
    ? [
        {
          code: 'reference',
          message: 'pods need "cluster", which says where their addresses are from',
          path: ['pods'],
          part: 'key',
          hint: 'such as "cluster: { podCIDR: 10.244.0.0/24 }" for the pods of one node',
        },
      ]
    : []

/** What is wrong with a file, seen from all its nodes at once. What one node has is checked when it is unfolded. */
export const checkFleet = (config: WrittenConfig, fleet: Fleet | undefined): readonly Problem[] => {
  // Asked of all files together: one may have nothing but a node.
  const missing = config.cluster ? missingKeys(config.cluster, ['cluster']) : []
  return missing.length > 0 ? missing : checkAll(config, fleet)
}

const checkAll = (config: WrittenConfig, fleet: Fleet | undefined): readonly Problem[] => [
  ...(fleet ? CHECKS.flatMap((check) => check(config, fleet)) : podsWithoutCluster(config)),
  ...checkEndpoints(config, fleet),
  ...checkAllocation(config),
]
