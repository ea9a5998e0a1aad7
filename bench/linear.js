// The layout to compare with: kube-proxy's (1.30, iptables mode), which tries service after service.
import { createHash } from 'node:crypto'
import { CLUSTER } from './scenario.js'

const FRAME = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-SERVICES - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
`

const HOOKS = `-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
`

const NODE_PORTS =
  '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last' +
  ' rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n'

/** What kube-proxy would load for the services: input of iptables-restore, in their order. */
export const linearRules = (services) => {
  const parts = services.map(partsOf)
  const chains = parts.flatMap((part) => part.chains).sort()
  return [
    FRAME,
    ...chains.map((chain) => `:${chain} - [0:0]\n`),
    HOOKS,
    ...parts.map((part) => part.dispatch),
    NODE_PORTS,
    ...parts.map((part) => part.rules),
    'COMMIT\n',
  ].join('')
}

function partsOf(service) {
  const label = `default/${service.name}:http`
  const chain = `KUBE-SVC-${hash(`${label}tcp`)}`
  const endpoints = service.endpoints.map((address) => {
    const target = `${address}:${service.targetPort}`
    return { address, target, chain: `KUBE-SEP-${hash(`${label}tcp${target}`)}` }
  })
  const to = `-d ${service.address}/32 -p tcp -m comment --comment "${label} cluster IP" -m tcp --dport ${service.port}`
  return {
    chains: [chain, ...endpoints.map((endpoint) => endpoint.chain)],
    dispatch: `-A KUBE-SERVICES ${to} -j ${chain}\n`,
    rules: [
      `-A ${chain} ! -s ${CLUSTER} ${to} -j KUBE-MARK-MASQ\n`,
      ...endpoints.map((endpoint, at) => choice(chain, label, endpoint, endpoints.length - at)),
      ...endpoints.map((endpoint) => translation(label, endpoint)),
    ].join(''),
  }
}

function choice(chain, label, endpoint, left) {
  const comment = `-m comment --comment "${label} -> ${endpoint.target}"`
  const share = (1 / left).toFixed(10)
  const odds = left === 1 ? '' : ` -m statistic --mode random --probability ${share}`
  return `-A ${chain} ${comment}${odds} -j ${endpoint.chain}\n`
}

const translation = (label, { address, target, chain }) =>
  `-A ${chain} -s ${address}/32 -m comment --comment "${label}" -j KUBE-MARK-MASQ\n` +
  `-A ${chain} -p tcp -m comment --comment "${label}" -m tcp -j DNAT --to-destination ${target}\n`

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

// As kube-proxy names its chains: 16 characters of base32, which are 10 bytes.
const hash = (text) => {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 10)
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return bits.replace(/.{5}/g, (five) => ALPHABET[parseInt(five, 2)])
}
