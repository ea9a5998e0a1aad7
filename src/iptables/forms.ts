import type { Family } from '../net/addresses.ts'

/** A way of writing a rule, and what iptables-save is to make of it. */
export interface Form {
  /** What stands behind `-A CHAIN`. */
  readonly rule: string
  /** As it is read back; default: as it is written. */
  readonly canonical?: string
  readonly table: string
  /** Of the kinds that services, `masquerade` and `forwarding` are made of. */
  readonly own: boolean
}

/** One form a line: `WRITTEN => READ BACK`, or what is read back as it is written. */
const read = (table: string, own: boolean, text: string): readonly Form[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [rule = '', canonical] = line.split(/ => ?/)
      return canonical === undefined ? { table, own, rule } : { table, own, rule, canonical }
    })

// A raw template must be ASCII: see scripts/bundle.js.
const eAcute = 'é'

const ownFilter = String.raw`
  -m mark --mark 0x1000/0x1000 -j ACCEPT
  -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  -m conntrack --ctstate NEW -j NP111-REFUSE
  -p tcp -j REJECT --reject-with tcp-reset
  -p udp -m udp --dport 30053 -g NP111-REFUSE
  -p sctp -m sctp --dport 30132 -j DROP
  -i eth0 -o br0 -p tcp --dport 80 -j ACCEPT => -i eth0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT
  -o veth+ -j DROP`

const ownNat = String.raw`
  -m comment --comment "default/web tcp/80" -j MARK --set-xmark 0x1000/0x1000
  -m comment --comment web -j NP111-REFUSE
  -j MARK --set-xmark 0x1000/0x0
  -j MASQUERADE --random-fully
  -m mark --mark 0x1000/0x1000 -g NP111-REFUSE
  -m conntrack --ctstate DNAT -j NP111-REFUSE
  -m addrtype --dst-type LOCAL -j NP111-REFUSE
  -m addrtype --src-type LOCAL -g NP111-REFUSE
  -p tcp -m tcp --dport 30080:30095 -g NP111-REFUSE
  -p udp -m udp --dport 30053 -g NP111-REFUSE
  -p sctp -m sctp --dport 30132 -g NP111-REFUSE
  -p tcp -m statistic --mode nth --every 3 --packet 0 -g NP111-REFUSE
  -p tcp -m statistic --mode random --probability 0.3333333333 -g NP111-REFUSE => -p tcp -m statistic --mode random --probability 0.33333333349 -g NP111-REFUSE
  -p tcp -m statistic --mode random --probability 0.5 => -p tcp -m statistic --mode random --probability 0.50000000000`

const ownFilter4 = String.raw`
  -s 10.0.0.0/16 -d 10.0.0.0/16 -j ACCEPT
  -d 10.0.0.0/16 -m conntrack --ctstate DNAT -j ACCEPT
  -d 10.96.0.10 -p tcp --dport 80 -j DROP => -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DROP
  -d 10.96.0.0/20 -g NP111-REFUSE
  ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
  -j REJECT --reject-with icmp-port-unreachable`

const ownFilter6 = String.raw`
  -s fd00:1::/64 -d fd00:1::/64 -j ACCEPT
  -d fd00:96::a -p tcp --dport 80 -j DROP => -d fd00:96::a/128 -p tcp -m tcp --dport 80 -j DROP
  -d fd00:96::/44 -g NP111-REFUSE
  -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT
  -j REJECT --reject-with icmp6-port-unreachable`

const ownNat4 = String.raw`
  -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -g NP111-REFUSE
  ! -s 10.0.0.0/16 -d 10.96.0.10/32 -m comment --comment "default/web tcp/80" -j MARK --set-xmark 0x1000/0x1000
  ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j NP111-REFUSE
  -s 10.0.0.0/16 ! -d 10.0.0.0/8 -o eth0 -j MASQUERADE --random-fully
  -s 10.0.1.2/32 -d 10.0.1.2/32 -j MASQUERADE
  -p tcp -j DNAT --to-destination 10.0.1.2:8080
  -p tcp -m statistic --mode nth --every 2 --packet 0 -m recent --set --name NP111-R-ABCDEFGHIJKLMNOP --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.0.1.2:8080
  -p tcp -m recent --update --seconds 10800 --reap --name NP111-R-ABCDEFGHIJKLMNOP --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.0.1.2:8080`

const ownNat6 = String.raw`
  -d fd00:96::a/128 -p tcp -m tcp --dport 80 -g NP111-REFUSE
  ! -s fd00:1::/64 -d fd00:96::a/128 -m comment --comment "default/web tcp/80" -j MARK --set-xmark 0x1000/0x1000
  ! -d ::1/128 -m addrtype --dst-type LOCAL -j NP111-REFUSE
  -s fd00:1::/64 -o eth0 -j MASQUERADE --random-fully
  -s fd00:1::2/128 -d fd00:1::2/128 -j MASQUERADE
  -p tcp -j DNAT --to-destination [fd00:1::2]:8080
  -p tcp -m recent --set --name NP111-R-ABCDEFGHIJKLMNOP -j DNAT --to-destination [fd00:1::2]:8080 => -p tcp -m recent --set --name NP111-R-ABCDEFGHIJKLMNOP --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -j DNAT --to-destination [fd00:1::2]:8080
  -p tcp -m recent --update --seconds 10800 --reap --name NP111-R-ABCDEFGHIJKLMNOP --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -j DNAT --to-destination [fd00:1::2]:8080`

const filter = String.raw`
  -p 47 => -p gre
  -p all =>
  ! -p tcp
  -i + =>
  -i a23456789012345 -o eth+
  -p tcp -m tcp
  -p tcp --dport 0:65535 => -p tcp -m tcp
  -p tcp --dport http => -p tcp -m tcp --dport 80
  -p tcp --dport 80: => -p tcp -m tcp --dport 80:65535
  -p tcp ! --dport 80 ! --sport 5:6 ! --syn => -p tcp -m tcp ! --sport 5:6 ! --dport 80 ! --tcp-flags FIN,SYN,RST,ACK SYN
  -p tcp --tcp-flags ALL NONE => -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE
  -p sctp --chunk-types any INIT,DATA => -p sctp -m sctp --chunk-types any DATA,INIT
  -p tcp -m multiport --dports http,443,8000:8100 => -p tcp -m multiport --dports 80,443,8000:8100
  -m conntrack --ctstate dnat,ESTABLISHED,RELATED,NEW => -m conntrack --ctstate NEW,RELATED,ESTABLISHED,DNAT
  -m conntrack --ctproto tcp => -m conntrack --ctproto 6
  -m conntrack --ctdir ORIGINAL --ctorigdstport 80 => -m conntrack --ctorigdstport 80 --ctdir ORIGINAL
  -m conntrack ! --ctexpire 5:5 => -m conntrack ! --ctexpire 5
  -m state --state ESTABLISHED,RELATED => -m state --state RELATED,ESTABLISHED
  -m connmark --mark 1/0xff => -m connmark --mark 0x1/0xff
  -m mark --mark 16384 => -m mark --mark 0x4000
  -m mark --mark 0x4000/0xffffffff => -m mark --mark 0x4000
  -m mark ! --mark 0x0/0x4000
  -m comment --comment "foo bar"
  -m comment --comment ""
  -m comment --comment "it's \"x\" \\ $a $(b) ! # -" => -m comment --comment "it\'s \"x\" \\ $a $(b) ! # -"
  -m comment --comment a:b/c => -m comment --comment "a:b/c"
  -m comment --comment ${eAcute} => -m comment --comment "${eAcute}"
  -m comment --comment -test
  -m addrtype --dst-type LOCAL --src-type UNICAST => -m addrtype --src-type UNICAST --dst-type LOCAL
  -m addrtype --limit-iface-out --dst-type LOCAL => -m addrtype --dst-type LOCAL --limit-iface-out
  -m physdev --physdev-is-bridged --physdev-out eth1 ! --physdev-in eth0 => -m physdev ! --physdev-in eth0 --physdev-out eth1 --physdev-is-bridged
  -m mac --mac-source 0:1:2:A:b:c => -m mac --mac-source 00:01:02:0a:0b:0c
  -m length --length 5: => -m length --length 5:65535
  -p tcp -m tcpmss --mss 5:10
  -m owner --gid-owner 0 --uid-owner 0 => -m owner --uid-owner 0 --gid-owner 0
  -m pkttype --pkt-type mcast => -m pkttype --pkt-type multicast
  -m dscp --dscp-class AF41 => -m dscp --dscp 0x22
  -m statistic --mode random --probability 1e-3 => -m statistic --mode random --probability 0.00100000016
  -m statistic --mode nth --packet 1 --every 3 => -m statistic --mode nth --every 3 --packet 1
  -m limit => -m limit --limit 3/hour
  -m limit --limit 5/m --limit-burst 5 => -m limit --limit 5/min
  -m limit --limit 60/minute => -m limit --limit 1/sec
  -m limit --limit 9999/second => -m limit --limit 10000/sec
  -m hashlimit --hashlimit-upto 5/s --hashlimit-name np1 => -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name np1
  -m hashlimit --hashlimit-above 5/min --hashlimit-burst 10 --hashlimit-mode srcip,dstport --hashlimit-name np2 --hashlimit-srcmask 24
  -j LOG --log-prefix "a: " --log-level 4 => -j LOG --log-prefix "a: "
  -j LOG --log-level debug --log-prefix a => -j LOG --log-prefix a --log-level 7
  -j NFLOG --nflog-group 5 --nflog-prefix "a b" => -j NFLOG --nflog-prefix "a b" --nflog-group 5
  -j NFQUEUE --queue-balance 1:5 --queue-cpu-fanout`

const filter4 = String.raw`
  -s 10.0.0.3/255.255.255.0 => -s 10.0.0.0/24
  -s 10.0.0.0/255.0.255.0
  -s 0.0.0.0/0 =>
  ! -s 1.2.3.4/24 ! -d 5.6.7.8 => ! -s 1.2.3.0/24 ! -d 5.6.7.8/32
  -p udp --destination-port 53 --destination 10.0.0.1 => -d 10.0.0.1/32 -p udp -m udp --dport 53
  -p tcp -f -i eth0 => -i eth0 -p tcp -f
  -p icmp --icmp-type echo-request => -p icmp -m icmp --icmp-type 8
  -p icmp --icmp-type fragmentation-needed => -p icmp -m icmp --icmp-type 3/4
  -m conntrack --ctorigsrc 10.0.0.1/32 => -m conntrack --ctorigsrc 10.0.0.1
  -m connlimit --connlimit-above 5 => -m connlimit --connlimit-above 5 --connlimit-mask 32 --connlimit-saddr
  -m iprange --src-range 10.0.0.1 => -m iprange --src-range 10.0.0.1-10.0.0.1
  -m ttl --ttl 5 => -m ttl --ttl-eq 5
  -m recent --name np --rcheck --seconds 5 --reap => -m recent --rcheck --seconds 5 --reap --name np --mask 255.255.255.255 --rsource
  -j REJECT => -j REJECT --reject-with icmp-port-unreachable
  -j REJECT --reject-with host-prohib => -j REJECT --reject-with icmp-host-prohibited`

const filter6 = String.raw`
  -s FD00:0096:0::1 => -s fd00:96::1/128
  -s ::ffff:1.2.3.4 => -s ::ffff:1.2.3.4/128
  -s 2001:db8:0:0:1:0:0:1/112 => -s 2001:db8:0:0:1::/112
  -s fd00::1/ffff:: => -s fd00::/16
  -p icmpv6 --icmpv6-type echo-request => -p ipv6-icmp -m icmp6 --icmpv6-type 128
  -m conntrack --ctorigsrc fd00::1/128 => -m conntrack --ctorigsrc fd00::1
  -m connlimit --connlimit-above 5 => -m connlimit --connlimit-above 5 --connlimit-mask 128 --connlimit-saddr
  -m iprange --src-range FD00:0::1-fd00::9 => -m iprange --src-range fd00::1-fd00::9
  -m hl --hl 5 => -m hl --hl-eq 5
  -j REJECT => -j REJECT --reject-with icmp6-port-unreachable
  -j REJECT --reject-with adm-prohibited => -j REJECT --reject-with icmp6-adm-prohibited`

const nat = String.raw`
  -j MASQUERADE --random-fully --random => -j MASQUERADE --random --random-fully
  -p tcp -j MASQUERADE --to 1024 => -p tcp -j MASQUERADE --to-ports 1024
  -p tcp -j REDIRECT --to-port 80-90 --random => -p tcp -j REDIRECT --to-ports 80-90 --random`

const nat4 = String.raw`
  -p tcp -j DNAT --to 10.0.0.1:80 => -p tcp -j DNAT --to-destination 10.0.0.1:80
  -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --persistent
  -j DNAT --persistent --to-destination 10.0.0.1 --random => -j DNAT --to-destination 10.0.0.1 --random --persistent
  -p udp -j SNAT --to-source 1.2.3.4:1024-65535 --random-fully
  -j NETMAP --to 10.0.0.5/255.255.255.0 => -j NETMAP --to 10.0.0.0/24`

const nat6 = String.raw`
  -p tcp -j DNAT --to-destination [FD00:0::1]:80-90 => -p tcp -j DNAT --to-destination [fd00::1]:80-90
  -p tcp -j DNAT --to-destination [fd00::1] => -p tcp -j DNAT --to-destination fd00::1
  -p tcp -j SNAT --to-source [fd00::1]:1-5
  -j NETMAP --to fd00::5/64 => -j NETMAP --to fd00::/64`

const mangle = String.raw`
  -j MARK --set-mark 0x4000 => -j MARK --set-xmark 0x4000/0xffffffff
  -j MARK --set-mark 0x4321/0xff00 => -j MARK --set-xmark 0x4321/0xff21
  -j MARK --or-mark 0x4000 => -j MARK --set-xmark 0x4000/0x4000
  -j MARK --and-mark 0xffffbfff => -j MARK --set-xmark 0x0/0x4000
  -j MARK --xor-mark 0x4000 => -j MARK --set-xmark 0x4000/0x0
  -j CONNMARK --save-mark => -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
  -j CONNMARK --restore-mark --mask 0xff => -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
  -j CONNMARK --set-mark 5 => -j CONNMARK --set-xmark 0x5/0xffffffff
  -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu => -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
  -p tcp --syn -j TCPMSS --set-mss 1400 => -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1400
  -j DSCP --set-dscp-class AF41 => -j DSCP --set-dscp 0x22
  -j CLASSIFY --set-class 1:5 => -j CLASSIFY --set-class 0001:0005
  -j CHECKSUM --checksum-fill
  -m rpfilter`

const mangle4 = String.raw`
  -p tcp -j TPROXY --on-port 80 => -p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0
  -j TTL --ttl-set 64`

const mangle6 = String.raw`
  -p tcp -j TPROXY --on-port 80 => -p tcp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0
  -j HL --hl-set 64`

const raw = String.raw`
  -j NOTRACK
  -j CT --notrack
  -j CT --zone 0x10 => -j CT --zone 16
  -j CT --ctevents destroy,new => -j CT --ctevents new,destroy
  -m rpfilter --invert --validmark --loose => -m rpfilter --loose --validmark --invert`

const byFamily = {
  inet: { ownFilter: ownFilter4, ownNat: ownNat4, filter: filter4, nat: nat4, mangle: mangle4 },
  inet6: { ownFilter: ownFilter6, ownNat: ownNat6, filter: filter6, nat: nat6, mangle: mangle6 },
}

/**
 * What there is to rules: each match and target that src/iptables knows, in spellings that iptables-save
 * changes, and the rules that netplan makes itself.
 */
export const formsOf = (family: Family): readonly Form[] => {
  const more = byFamily[family]
  return [
    ...read('filter', true, ownFilter + more.ownFilter),
    ...read('nat', true, ownNat + more.ownNat),
    ...read('filter', false, filter + more.filter),
    ...read('nat', false, nat + more.nat),
    ...read('mangle', false, mangle + more.mangle),
    ...read('raw', false, raw),
  ]
}

/** As it is read back. */
export const canonicalOf = ({ rule, canonical = rule }: Form): string => canonical
