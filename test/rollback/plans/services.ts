import type { Backend } from '../../../src/iptables/restore.ts'
import { destroy, network } from './passage.ts'
import type { Passage } from './passage.ts'

/** Rules of others: before, between and behind ours, when ours are there. */
const rulesOfOthers = (backend: Backend): string =>
  ['iptables', 'ip6tables']
    .map(
      (program) => `
${program}-${backend}-restore --noflush <<'rules'
*filter
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:OTHERS - [0:0]
-A FORWARD -p udp -m udp --dport 7 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -p tcp -m tcp --dport 7 -j OTHERS
-A DOCKER-USER -j RETURN
-A INPUT -p tcp -m tcp --dport 7 -m comment --comment "of others" -j ACCEPT
COMMIT
*nat
:OTHERS - [0:0]
-A PREROUTING -p tcp -m tcp --dport 7 -j OTHERS
-A POSTROUTING -p tcp -m tcp --dport 7 -j ACCEPT
COMMIT
rules`,
    )
    .join('\n')

const others = (backend: Backend): string => `${network}${rulesOfOthers(backend)}\n`

const pods = `
interfaces: { eth0: {} }
bridges: { br0: { addresses: [10.244.1.1/24, 'fd00:244::1/64'] } }
serviceProxy: { serviceCIDRs: [10.96.0.0/16, 'fd00:96::/112'], clusterCIDRs: [10.244.0.0/16, 'fd00:244::/48'] }
`

const web = (endpoints: string): string => `
  web: { clusterIPs: ['10.96.0.10', 'fd00:96::10'], ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }], endpoints: [${endpoints}] }`

const dns = `
  dns: { clusterIPs: ['10.96.0.53'], ports: [{ port: 53, protocol: udp }], endpoints: [10.244.1.53], externalIPs: ['192.0.2.53'], sessionAffinity: { timeoutSeconds: 60 } }`

const two = `10.244.1.11, 'fd00:244::11'`
const three = `10.244.1.11, 10.244.1.12, 'fd00:244::12'`

const rules = `
masquerade: [{ source: 10.244.1.0/24, exceptDestination: 10.244.0.0/16 }]
forwarding: [{ source: 10.244.0.0/16 }, { inInterface: eth0, outInterface: br0, protocol: tcp, ports: 80-443 }]
iptables:
  - { chain: FORWARD, place: after DOCKER-USER, rule: -s 192.0.2.1 -j DROP }
  - { chain: FORWARD, place: last, rule: -m comment --comment "the end" -j ACCEPT }
  - { table: raw, chain: PREROUTING, rule: -s 192.0.2.9 -j DROP, family: inet }
`

const otherRules = rules
  .replace('192.0.2.1 ', '192.0.2.2 ')
  .replace('place: last, ', '')
  .replace('80-443', '80')

/** Others who put rules before, between and behind ours. */
const between = (backend: Backend): string =>
  ['iptables', 'ip6tables']
    .map(
      (program) => `
${program}-${backend} -w 5 -I FORWARD 2 -s ${program === 'iptables' ? '192.0.2.77' : '2001:db8::77'} -j DROP
${program}-${backend} -w 5 -t nat -I PREROUTING 1 -p udp --dport 9 -j OTHERS
${program}-${backend} -w 5 -t nat -A OUTPUT -p udp --dport 9 -j OTHERS`,
    )
    .join('\n')

const all = (backend: Backend): readonly Passage[] => {
  const other: Backend = backend === 'nft' ? 'legacy' : 'nft'
  const base = { others: others(backend), iptables: backend, firewall: true } as const
  const services = `${pods}services:${web(two)}${dns}\n`
  return [
    { ...base, name: `${backend}: services that are new`, after: services + rules },
    {
      ...base,
      name: `${backend}: services, destroyed`,
      before: services + rules,
      meanwhile: between(backend),
      after: destroy,
    },
    {
      ...base,
      name: `${backend}: a service changes, one comes, one goes`,
      before: services + rules,
      meanwhile: between(backend),
      after: `${pods}services:${web(three)}${dns.replaceAll('dns', 'ntp').replace(/53/g, '123')}\n${rules}`,
    },
    {
      ...base,
      name: `${backend}: rules of the file change place`,
      before: services + rules,
      meanwhile: between(backend),
      after: services + otherRules,
    },
    {
      ...base,
      name: `${backend}: to ${other}`,
      before: services + rules,
      meanwhile: between(backend),
      after: services + rules,
      iptables: other,
      iptablesBefore: backend,
    },
    {
      ...base,
      name: `${backend}: the last service goes, the pods' bridge with it`,
      before: services,
      after: 'bridges: { br1: { addresses: [10.9.0.1/24] } }',
    },
  ]
}

export const services: readonly Passage[] = [...all('nft'), ...all('legacy')]
