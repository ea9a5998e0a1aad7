import { isAddress, isInterfaceAddress, isPrefix } from '../net/addresses.ts'
import { isSocket } from '../net/sockets.ts'

/**
 * The string formats that the schema names; host bits in a prefix are the checks' matter.
 * @public src/generated/validate.ts imports it
 */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  ip: isAddress,
  'ip-interface': isInterfaceAddress,
  'ip-prefix': isPrefix,
  'ip-socket': isSocket,
}
