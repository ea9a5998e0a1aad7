import { forms } from './form.ts'

/** The other matches. */
export const PACKETS = [
  ...forms(
    'filter',
    'both',
    String.raw`
    -m mark --mark 1 -m mark --mark 2 => -m mark --mark 0x1 -m mark --mark 0x2
    -m comment --comment a -m comment --comment b =
    -m mark --mark 1 => -m mark --mark 0x1
    -m mark --mark 16384 => -m mark --mark 0x4000
    -m mark --mark 0x4000/0x4000 =
    -m mark --mark 0x4000/0xffffffff => -m mark --mark 0x4000
    -m mark ! --mark 0x0/0x4000 =
    -m mark ! --mark 0x1 =
    -m mark --mark 0x1/0x2 =
    -m mark --mark 0x1/0 => -m mark --mark 0x1/0x0
    -m mark ! --mark 0/0 => -m mark ! --mark 0x0/0x0
    -m mark --mark 4294967295 => -m mark --mark 0xffffffff
    -m mark --mark 0xFF/0XFF => -m mark --mark 0xff/0xff
    -m comment --comment foo =
    -m comment --comment "foo bar" =
    -m comment --comment "" =
    -m comment --comment "it's \"x\" \\ $a $(b) ! # -" => -m comment --comment "it\'s \"x\" \\ $a $(b) ! # -"
    -m comment --comment it's => -m comment --comment "it\'s"
    -m comment --comment a\b => -m comment --comment "a\\b"
    -m comment --comment -t =
    -m comment --comment -test =
    -m comment --comment "-t" => -m comment --comment -t
    -m comment --comment --comment =
    -m comment --comment "!" =
    -m comment --comment ! => -m comment --comment "!"
    -m comment --comment a:b/c => -m comment --comment "a:b/c"
    -m comment --comment é => -m comment --comment "é"
    -m comment --comment "a	b" =
    -m comment --comment a"b c" => -m comment --comment "ab c"
    -m comment --comment a,b => -m comment --comment "a,b"
    -m comment --comment a.b => -m comment --comment "a.b"
    -m addrtype --dst-type LOCAL =
    -m addrtype ! --dst-type LOCAL =
    -m addrtype --dst-type LOCAL --src-type UNICAST => -m addrtype --src-type UNICAST --dst-type LOCAL
    -m addrtype --dst-type LOCAL --limit-iface-in =
    -m addrtype --limit-iface-out --dst-type LOCAL => -m addrtype --dst-type LOCAL --limit-iface-out
    -m addrtype --dst-type ANYCAST =
    -m addrtype --dst-type UNREACHABLE =
    -m addrtype --dst-type UNSPEC =
    -m addrtype --dst-type LOCAL,LOCAL => -m addrtype --dst-type LOCAL
    -m physdev --physdev-in eth0 =
    -m physdev --physdev-in eth+ ! --physdev-is-bridged =
    -m physdev --physdev-is-bridged --physdev-out eth1 ! --physdev-in eth0 => -m physdev ! --physdev-in eth0 --physdev-out eth1 --physdev-is-bridged
    -m physdev --physdev-is-in =
    -m physdev ! --physdev-is-in =
    -m physdev --physdev-is-out =
    -m physdev --physdev-out eth0 =
    -m physdev --physdev-in + =
    -m physdev --physdev-is-in --physdev-is-bridged --physdev-in a => -m physdev --physdev-is-in --physdev-in a --physdev-is-bridged
    -m physdev ! --physdev-is-out --physdev-is-bridged =
    -m physdev --physdev-in a23456789012345 =
    -m mac --mac-source 00:11:22:aa:bb:cc =
    -m mac ! --mac-source 00:11:22:AA:BB:CC => -m mac ! --mac-source 00:11:22:aa:bb:cc
    -m mac --mac-source 0:1:2:a:b:c => -m mac --mac-source 00:01:02:0a:0b:0c
    -m length --length 5 =
    -m length --length 5: => -m length --length 5:65535
    -m length --length :5 => -m length --length 0:5
    -m length --length 5:5 => -m length --length 5
    -m length ! --length 0x10:20 => -m length ! --length 16:20
    -p tcp -m tcpmss --mss 5 =
    -p tcp -m tcpmss --mss 5:10 =
    -p tcp -m tcpmss --mss 5: => -p tcp -m tcpmss --mss 5:65535
    -p tcp -m tcpmss --mss :5 => -p tcp -m tcpmss --mss 0:5
    -p tcp -m tcpmss --mss 5:5 => -p tcp -m tcpmss --mss 5
    -p tcp -m tcpmss ! --mss 5 =
    -m owner --uid-owner root => -m owner --uid-owner 0
    -m owner --uid-owner 0 =
    -m owner ! --uid-owner 1000-2000 =
    -m owner --uid-owner 5-5 => -m owner --uid-owner 5
    -m owner --gid-owner 5 --uid-owner 6 => -m owner --uid-owner 6 --gid-owner 5
    -m owner --gid-owner 5 --suppl-groups =
    -m owner ! --socket-exists =
    -m owner --socket-exists --uid-owner 5 =
    -m owner --uid-owner 4294967294 =
    -m owner --uid-owner 0x10 => -m owner --uid-owner 16
    -m pkttype --pkt-type unicast =
    -m pkttype --pkt-type BROADCAST => -m pkttype --pkt-type broadcast
    -m pkttype ! --pkt-type multicast =
    -m pkttype --pkt-type bcast => -m pkttype --pkt-type broadcast
    -m pkttype --pkt-type mcast => -m pkttype --pkt-type multicast
    -m pkttype --pkt-type host => -m pkttype --pkt-type unicast
    -m pkttype --pkt-type otherhost =
    -m dscp --dscp 5 => -m dscp --dscp 0x05
    -m dscp ! --dscp 0x3f =
    -m dscp --dscp-class AF11 => -m dscp --dscp 0x0a
    -m dscp --dscp-class ef => -m dscp --dscp 0x2e
    -m dscp --dscp-class CS7 => -m dscp --dscp 0x38
    -m dscp ! --dscp-class BE => -m dscp ! --dscp 0x00
    -m dscp --dscp 0 => -m dscp --dscp 0x00
    -m comment --comment "x" -m comment --comment "tab	x" => -m comment --comment x -m comment --comment "tab	x"
    -m mark --mark 0x1/0xffffffff -m mark ! --mark 0x2/0xff => -m mark --mark 0x1 -m mark ! --mark 0x2/0xff
    -m addrtype --dst-type local,unicast => -m addrtype --dst-type UNICAST,LOCAL
    -m comment --comment "caf\é" => -m comment --comment "café"
    -m comment --comment "a\nb" => -m comment --comment anb
    -m owner --uid-owner 0-10 ! --gid-owner 5 --suppl-groups =
    -m owner --uid-owner 0-4294967294 =
    -m dscp --dscp 0X3F => -m dscp --dscp 0x3f
    -p tcp -m tcpmss --mss 0 =
    -m dscp --dscp-class CS0 => -m dscp --dscp 0x00
    -m dscp --dscp-class CS1 => -m dscp --dscp 0x08
    -m dscp --dscp-class CS2 => -m dscp --dscp 0x10
    -m dscp --dscp-class CS3 => -m dscp --dscp 0x18
    -m dscp --dscp-class CS4 => -m dscp --dscp 0x20
    -m dscp --dscp-class CS5 => -m dscp --dscp 0x28
    -m dscp --dscp-class CS6 => -m dscp --dscp 0x30
    -m dscp --dscp-class AF12 => -m dscp --dscp 0x0c
    -m dscp --dscp-class AF13 => -m dscp --dscp 0x0e
    -m dscp --dscp-class AF21 => -m dscp --dscp 0x12
    -m dscp --dscp-class AF22 => -m dscp --dscp 0x14
    -m dscp --dscp-class AF23 => -m dscp --dscp 0x16
    -m dscp --dscp-class AF31 => -m dscp --dscp 0x1a
    -m dscp --dscp-class AF32 => -m dscp --dscp 0x1c
    -m dscp --dscp-class AF33 => -m dscp --dscp 0x1e
    -m dscp --dscp-class AF41 => -m dscp --dscp 0x22
    -m dscp --dscp-class AF42 => -m dscp --dscp 0x24
    -m dscp --dscp-class AF43 => -m dscp --dscp 0x26
    -m comment --comment ! -p tcp => -p tcp -m comment --comment "!"
    -m comment --comment "# not a comment" =
    -m comment --comment "-j ACCEPT" =
    -m comment --comment "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx " =
    -m addrtype --src-type multicast,UNICAST,anycast -m comment --comment z => -m addrtype --src-type UNICAST,ANYCAST,MULTICAST -m comment --comment z
  `,
  ),
  ...forms(
    'filter',
    'inet',
    String.raw`
    -p tcp -m comment --comment "x y" --dport 80 => -p tcp -m comment --comment "x y" -m tcp --dport 80
    -p tcp --dport 80 -m comment --comment "x y" --sport 81 => -p tcp -m tcp --sport 81 --dport 80 -m comment --comment "x y"
    -m comment --comment "x y" -p tcp --dport 80 -s 1.2.3.4 => -s 1.2.3.4/32 -p tcp -m comment --comment "x y" -m tcp --dport 80
    -m addrtype ! --src-type local --dst-type UNICAST,MULTICAST,BROADCAST => -m addrtype ! --src-type LOCAL --dst-type UNICAST,BROADCAST,MULTICAST
    -m addrtype --dst-type UNSPEC,UNICAST,LOCAL,BROADCAST,ANYCAST,MULTICAST,BLACKHOLE,UNREACHABLE,PROHIBIT =
    -m addrtype --dst-type THROW =
    -m addrtype --dst-type NAT =
    -m addrtype --dst-type XRESOLVE =
    -m addrtype --dst-type BLACKHOLE =
    -m addrtype --dst-type PROHIBIT =
    -m addrtype --dst-type BROADCAST =
    -m set --match-set s4 src =
    -m set ! --match-set s4 dst =
    -m set --match-set s44 src,dst =
    -m set --match-set s4 src,dst,src =
    -m set --match-set s4 src --return-nomatch =
    -m set --match-set s4 src --packets-gt 5 =
    -m set --match-set s4 src ! --update-counters =
    -m set --match-set s4 src --packets-eq 5 --bytes-lt 6 =
    -m set --match-set s4 src ! --packets-eq 5 ! --bytes-eq 6 ! --update-subcounters --return-nomatch => -m set --match-set s4 src --return-nomatch ! --update-subcounters ! --packets-eq 5 ! --bytes-eq 6
    -m set --match-set s4 src --update-counters => -m set --match-set s4 src
    -m set --match-set s4 src,dst,src,dst,src,dst =
    -m iprange --src-range 10.0.0.1-10.0.0.9 =
    -m iprange ! --dst-range 10.0.0.1-10.0.0.9 --src-range 1.2.3.4-1.2.3.5 => -m iprange --src-range 1.2.3.4-1.2.3.5 ! --dst-range 10.0.0.1-10.0.0.9
    -m iprange --src-range 10.0.0.1 => -m iprange --src-range 10.0.0.1-10.0.0.1
    -m iprange --src-range 10.0.0.9-10.0.0.1 =
    -m iprange --src-range 10.0.0.1-10.0.0.1 =
    -m ttl --ttl-eq 5 =
    -m ttl ! --ttl-eq 5 =
    -m ttl --ttl 5 => -m ttl --ttl-eq 5
    -m ttl --ttl-gt 5 =
    -m ttl --ttl-lt 5 =
    -m ttl --ttl-lt 0 =
    -m ttl --ttl-gt 255 =
    -m iprange ! --src-range 10.0.0.1-10.0.0.2 ! --dst-range 10.0.0.3-10.0.0.4 =
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -m set --match-set s6 src =
    -m iprange --src-range FD00:0::1-fd00::9 => -m iprange --src-range fd00::1-fd00::9
    -m iprange --src-range fd00::1 => -m iprange --src-range fd00::1-fd00::1
    -m hl --hl-eq 5 =
    -m hl --hl 5 => -m hl --hl-eq 5
    -m hl ! --hl-eq 5 =
    -m hl --hl-lt 5 =
    -m hl --hl-gt 5 =
  `,
  ),
  ...forms(
    'mangle',
    'both',
    String.raw`
    -m rpfilter =
  `,
  ),
  ...forms(
    'raw',
    'both',
    String.raw`
    -m rpfilter --loose =
    -m rpfilter --invert --validmark --loose --accept-local => -m rpfilter --loose --validmark --accept-local --invert
  `,
  ),
]
