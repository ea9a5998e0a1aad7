import { CONNECTIONS } from './connections.ts'
import type { Form } from './form.ts'
import { HEADER } from './header.ts'
import { ICMP } from './icmp.ts'
import { LIMITS } from './limits.ts'
import { NAT } from './nat.ts'
import { PACKETS } from './packets.ts'
import { PORTS } from './ports.ts'
import { TARGETS } from './targets.ts'

/** Every form that is known. What is read back was measured with iptables 1.8.9, nft and legacy. */
export const FORMS: readonly Form[] = [
  ...HEADER,
  ...PORTS,
  ...ICMP,
  ...CONNECTIONS,
  ...LIMITS,
  ...PACKETS,
  ...NAT,
  ...TARGETS,
]
