import { isSysctlKey, sysctlPath } from '../../net/sysctls.ts'
import { quote } from '../words.ts'
import { findTwins, listSpaces, type Check, type Problem } from './topology.ts'

/** Keys that lead out of /proc/sys/net, and values that a line of text cannot hold. */
export const checkSysctls: Check = ({ config }) =>
  listSpaces(config).flatMap(({ path, data }) =>
    Object.entries(data.sysctls ?? {}).flatMap(([key, value]): readonly Problem[] => {
      const at = [...path, 'sysctls', key]
      if (!isSysctlKey(key)) {
        const hint = 'write it as in net.ipv4.ip_forward, or as in net/ipv4/conf/eth0.100/rp_filter'
        return [
          {
            code: 'value',
            message: `${quote(key)} is not a kernel parameter below net`,
            path: at,
            part: 'key',
            hint,
          },
        ]
      }
      if (typeof value !== 'string' || (value !== '' && !/[^\t -~]/.test(value))) return []
      const message =
        value === ''
          ? `the value of ${key} is empty`
          : `the value of ${key} is not one line of plain text`
      return [{ code: 'value', message, path: at }]
    }),
  )

/** One kernel parameter in two spellings. */
export const checkSysctlTwins: Check = ({ config }) =>
  listSpaces(config).flatMap(({ path, data }) =>
    findTwins(Object.keys(data.sysctls ?? {}), sysctlPath).map(([key, first]) => ({
      code: 'duplicate',
      message: `${quote(key)} and ${quote(first)} are the same kernel parameter`,
      path: [...path, 'sysctls', key],
      part: 'key',
      related: [...path, 'sysctls', first],
    })),
  )
