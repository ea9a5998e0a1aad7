import { forms } from './form.ts'

/** ICMP types, by name and number. */
export const ICMP = [
  ...forms(
    'filter',
    'inet',
    String.raw`
    -p icmp --icmp-type echo-request => -p icmp -m icmp --icmp-type 8
    -p icmp --icmp-type ping => -p icmp -m icmp --icmp-type 8
    -p icmp --icmp-type 3 => -p icmp -m icmp --icmp-type 3
    -p icmp --icmp-type 3/4 => -p icmp -m icmp --icmp-type 3/4
    -p icmp --icmp-type any => -p icmp -m icmp --icmp-type any
    -p icmp ! --icmp-type any => -p icmp -m icmp ! --icmp-type any
    -p icmp --icmp-type fragmentation-needed => -p icmp -m icmp --icmp-type 3/4
    -p icmp ! --icmp-type destination-unreachable => -p icmp -m icmp ! --icmp-type 3
    -p icmp --icmp-type ECHO-REQUEST => -p icmp -m icmp --icmp-type 8
    -p icmp --icmp-type 8/0 => -p icmp -m icmp --icmp-type 8/0
    -p icmp -m icmp --icmp-type ttl-exceeded => -p icmp -m icmp --icmp-type 11
    -p icmp -m icmp --icmp-type 0x8 => -p icmp -m icmp --icmp-type 8
    -p icmp --icmp-type 3/255 => -p icmp -m icmp --icmp-type 3/255
    -p icmp -m icmp --icmp-type 8 -m icmp --icmp-type 0 =
    -p icmp --icmp-type echo-reply => -p icmp -m icmp --icmp-type 0
    -p icmp --icmp-type pong => -p icmp -m icmp --icmp-type 0
    -p icmp --icmp-type network-unreachable => -p icmp -m icmp --icmp-type 3/0
    -p icmp --icmp-type host-unreachable => -p icmp -m icmp --icmp-type 3/1
    -p icmp --icmp-type protocol-unreachable => -p icmp -m icmp --icmp-type 3/2
    -p icmp --icmp-type port-unreachable => -p icmp -m icmp --icmp-type 3/3
    -p icmp --icmp-type source-route-failed => -p icmp -m icmp --icmp-type 3/5
    -p icmp --icmp-type network-unknown => -p icmp -m icmp --icmp-type 3/6
    -p icmp --icmp-type host-unknown => -p icmp -m icmp --icmp-type 3/7
    -p icmp --icmp-type network-prohibited => -p icmp -m icmp --icmp-type 3/9
    -p icmp --icmp-type host-prohibited => -p icmp -m icmp --icmp-type 3/10
    -p icmp --icmp-type TOS-network-unreachable => -p icmp -m icmp --icmp-type 3/11
    -p icmp --icmp-type TOS-host-unreachable => -p icmp -m icmp --icmp-type 3/12
    -p icmp --icmp-type communication-prohibited => -p icmp -m icmp --icmp-type 3/13
    -p icmp --icmp-type host-precedence-violation => -p icmp -m icmp --icmp-type 3/14
    -p icmp --icmp-type precedence-cutoff => -p icmp -m icmp --icmp-type 3/15
    -p icmp --icmp-type source-quench => -p icmp -m icmp --icmp-type 4
    -p icmp --icmp-type redirect => -p icmp -m icmp --icmp-type 5
    -p icmp --icmp-type network-redirect => -p icmp -m icmp --icmp-type 5/0
    -p icmp --icmp-type host-redirect => -p icmp -m icmp --icmp-type 5/1
    -p icmp --icmp-type TOS-network-redirect => -p icmp -m icmp --icmp-type 5/2
    -p icmp --icmp-type TOS-host-redirect => -p icmp -m icmp --icmp-type 5/3
    -p icmp --icmp-type router-advertisement => -p icmp -m icmp --icmp-type 9
    -p icmp --icmp-type router-solicitation => -p icmp -m icmp --icmp-type 10
    -p icmp --icmp-type time-exceeded => -p icmp -m icmp --icmp-type 11
    -p icmp --icmp-type ttl-exceeded => -p icmp -m icmp --icmp-type 11
    -p icmp --icmp-type ttl-zero-during-transit => -p icmp -m icmp --icmp-type 11/0
    -p icmp --icmp-type ttl-zero-during-reassembly => -p icmp -m icmp --icmp-type 11/1
    -p icmp --icmp-type parameter-problem => -p icmp -m icmp --icmp-type 12
    -p icmp --icmp-type ip-header-bad => -p icmp -m icmp --icmp-type 12/0
    -p icmp --icmp-type required-option-missing => -p icmp -m icmp --icmp-type 12/1
    -p icmp --icmp-type timestamp-request => -p icmp -m icmp --icmp-type 13
    -p icmp --icmp-type timestamp-reply => -p icmp -m icmp --icmp-type 14
    -p icmp --icmp-type address-mask-request => -p icmp -m icmp --icmp-type 17
    -p icmp --icmp-type address-mask-reply => -p icmp -m icmp --icmp-type 18
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -p icmpv6 --icmpv6-type echo-request => -p ipv6-icmp -m icmp6 --icmpv6-type 128
    -p ipv6-icmp --icmpv6-type 1/0 => -p ipv6-icmp -m icmp6 --icmpv6-type 1/0
    -p 58 --icmpv6-type 128 => -p ipv6-icmp -m icmp6 --icmpv6-type 128
    -p icmpv6 -m icmpv6 --icmpv6-type 128 => -p ipv6-icmp -m icmp6 --icmpv6-type 128
    -p icmpv6 --icmpv6-type 255 => -p ipv6-icmp -m icmp6 --icmpv6-type 255
    -p icmpv6 ! --icmpv6-type router-advertisement => -p ipv6-icmp -m icmp6 ! --icmpv6-type 134
    -p icmpv6 --icmpv6-type port-unreachable => -p ipv6-icmp -m icmp6 --icmpv6-type 1/4
    -p icmpv6 -m ipv6-icmp --icmpv6-type 1 => -p ipv6-icmp -m icmp6 --icmpv6-type 1
    -p icmpv6 --icmpv6-type packet-too-big => -p ipv6-icmp -m icmp6 --icmpv6-type 2
    -p icmpv6 --icmpv6-type 128/0 => -p ipv6-icmp -m icmp6 --icmpv6-type 128/0
    -p icmpv6 --icmpv6-type 1/255 => -p ipv6-icmp -m icmp6 --icmpv6-type 1/255
    -p icmpv6 --icmpv6-type destination-unreachable => -p ipv6-icmp -m icmp6 --icmpv6-type 1
    -p icmpv6 --icmpv6-type no-route => -p ipv6-icmp -m icmp6 --icmpv6-type 1/0
    -p icmpv6 --icmpv6-type communication-prohibited => -p ipv6-icmp -m icmp6 --icmpv6-type 1/1
    -p icmpv6 --icmpv6-type beyond-scope => -p ipv6-icmp -m icmp6 --icmpv6-type 1/2
    -p icmpv6 --icmpv6-type address-unreachable => -p ipv6-icmp -m icmp6 --icmpv6-type 1/3
    -p icmpv6 --icmpv6-type failed-policy => -p ipv6-icmp -m icmp6 --icmpv6-type 1/5
    -p icmpv6 --icmpv6-type reject-route => -p ipv6-icmp -m icmp6 --icmpv6-type 1/6
    -p icmpv6 --icmpv6-type time-exceeded => -p ipv6-icmp -m icmp6 --icmpv6-type 3
    -p icmpv6 --icmpv6-type ttl-exceeded => -p ipv6-icmp -m icmp6 --icmpv6-type 3
    -p icmpv6 --icmpv6-type ttl-zero-during-transit => -p ipv6-icmp -m icmp6 --icmpv6-type 3/0
    -p icmpv6 --icmpv6-type ttl-zero-during-reassembly => -p ipv6-icmp -m icmp6 --icmpv6-type 3/1
    -p icmpv6 --icmpv6-type parameter-problem => -p ipv6-icmp -m icmp6 --icmpv6-type 4
    -p icmpv6 --icmpv6-type bad-header => -p ipv6-icmp -m icmp6 --icmpv6-type 4/0
    -p icmpv6 --icmpv6-type unknown-header-type => -p ipv6-icmp -m icmp6 --icmpv6-type 4/1
    -p icmpv6 --icmpv6-type unknown-option => -p ipv6-icmp -m icmp6 --icmpv6-type 4/2
    -p icmpv6 --icmpv6-type ping => -p ipv6-icmp -m icmp6 --icmpv6-type 128
    -p icmpv6 --icmpv6-type echo-reply => -p ipv6-icmp -m icmp6 --icmpv6-type 129
    -p icmpv6 --icmpv6-type pong => -p ipv6-icmp -m icmp6 --icmpv6-type 129
    -p icmpv6 --icmpv6-type router-solicitation => -p ipv6-icmp -m icmp6 --icmpv6-type 133
    -p icmpv6 --icmpv6-type router-advertisement => -p ipv6-icmp -m icmp6 --icmpv6-type 134
    -p icmpv6 --icmpv6-type neighbour-solicitation => -p ipv6-icmp -m icmp6 --icmpv6-type 135
    -p icmpv6 --icmpv6-type neighbor-solicitation => -p ipv6-icmp -m icmp6 --icmpv6-type 135
    -p icmpv6 --icmpv6-type neighbour-advertisement => -p ipv6-icmp -m icmp6 --icmpv6-type 136
    -p icmpv6 --icmpv6-type neighbor-advertisement => -p ipv6-icmp -m icmp6 --icmpv6-type 136
    -p icmpv6 --icmpv6-type redirect => -p ipv6-icmp -m icmp6 --icmpv6-type 137
  `,
  ),
]
