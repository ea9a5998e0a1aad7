import { forms } from './form.ts'

/** The other targets. */
export const TARGETS = [
  ...forms(
    'filter',
    'inet',
    String.raw`
    -j REJECT => -j REJECT --reject-with icmp-port-unreachable
    -j REJECT --reject-with icmp-net-unreachable =
    -j REJECT --reject-with net-unreach => -j REJECT --reject-with icmp-net-unreachable
    -j REJECT --reject-with host-unreach => -j REJECT --reject-with icmp-host-unreachable
    -j REJECT --reject-with proto-unreach => -j REJECT --reject-with icmp-proto-unreachable
    -j REJECT --reject-with port-unreach => -j REJECT --reject-with icmp-port-unreachable
    -j REJECT --reject-with net-prohib => -j REJECT --reject-with icmp-net-prohibited
    -j REJECT --reject-with host-prohib => -j REJECT --reject-with icmp-host-prohibited
    -j REJECT --reject-with admin-prohib => -j REJECT --reject-with icmp-admin-prohibited
    -p tcp -j REJECT --reject-with tcp-rst => -p tcp -j REJECT --reject-with tcp-reset
    -j REJECT --reject-with icmp-admin-prohibited =
    -j REJECT --reject-with icmp-proto-unreachable =
    -j REJECT --reject-with ICMP-HOST-PROHIBITED => -j REJECT --reject-with icmp-host-prohibited
    -j SET --add-set s4 src =
    -j SET --del-set s4 src,dst =
    -j SET --add-set s4 src --exist --timeout 60 =
    -j SET --add-set s4 src --timeout 60 =
    -j SET --exist --add-set s4 src => -j SET --add-set s4 src --exist
    -j SET --add-set s44 src,dst =
    -p tcp -j REJECT --reject-with icmp-proto-unreachable =
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -j REJECT => -j REJECT --reject-with icmp6-port-unreachable
    -j REJECT --reject-with port-unreach => -j REJECT --reject-with icmp6-port-unreachable
    -j REJECT --reject-with no-route => -j REJECT --reject-with icmp6-no-route
    -j REJECT --reject-with adm-prohibited => -j REJECT --reject-with icmp6-adm-prohibited
    -j REJECT --reject-with addr-unreach => -j REJECT --reject-with icmp6-addr-unreachable
    -j REJECT --reject-with policy-fail => -j REJECT --reject-with icmp6-policy-fail
    -j REJECT --reject-with reject-route => -j REJECT --reject-with icmp6-reject-route
    -j REJECT --reject-with icmp6-policy-fail =
  `,
  ),
  ...forms(
    'filter',
    'both',
    String.raw`
    -p tcp -j REJECT --reject-with tcp-reset =
    -j LOG =
    -j LOG --log-prefix "a: " --log-level 4 => -j LOG --log-prefix "a: "
    -j LOG --log-level warning => -j LOG
    -j LOG --log-level debug --log-prefix a => -j LOG --log-prefix a --log-level 7
    -j LOG --log-level 7 --log-uid --log-ip-options --log-tcp-options --log-tcp-sequence --log-macdecode => -j LOG --log-level 7 --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode
    -j LOG --log-level error => -j LOG --log-level 3
    -j LOG --log-level panic => -j LOG --log-level 0
    -j LOG --log-prefix 01234567890123456789012345678 =
    -j LOG --log-prefix "a'b\"c\\" => -j LOG --log-prefix "a\'b\"c\\"
    -j LOG --log-prefix a:b => -j LOG --log-prefix "a:b"
    -j NFLOG =
    -j NFLOG --nflog-group 5 --nflog-prefix "a b" --nflog-size 100 --nflog-threshold 7 => -j NFLOG --nflog-prefix "a b" --nflog-group 5 --nflog-size 100 --nflog-threshold 7
    -j NFLOG --nflog-group 0 => -j NFLOG
    -j NFLOG --nflog-threshold 1 =
    -j NFLOG --nflog-threshold 0 => -j NFLOG
    -j NFLOG --nflog-size 0 =
    -j NFLOG --nflog-prefix 012345678901234567890123456789012345678901234567890123456789012 =
    -j NFLOG --nflog-prefix "a'\"\\" => -j NFLOG --nflog-prefix "a\'\"\\"
    -j NFLOG --nflog-prefix "tr " =
    -j NFQUEUE => -j NFQUEUE --queue-num 0
    -j NFQUEUE --queue-num 5 --queue-bypass =
    -j NFQUEUE --queue-balance 1:5 --queue-cpu-fanout =
    -j LOG --log-prefix "    a" =
    -j LOG --log-prefix -a =
    -j NFQUEUE --queue-bypass => -j NFQUEUE --queue-num 0 --queue-bypass
    -j LOG --log-level emerg => -j LOG --log-level 0
    -j LOG --log-level alert => -j LOG --log-level 1
    -j LOG --log-level crit => -j LOG --log-level 2
    -j LOG --log-level notice => -j LOG --log-level 5
    -j LOG --log-level info => -j LOG --log-level 6
  `,
  ),
  ...forms(
    'mangle',
    'both',
    String.raw`
    -j MARK --set-mark 0x4000 => -j MARK --set-xmark 0x4000/0xffffffff
    -j MARK --set-mark 0x4000/0xff00 => -j MARK --set-xmark 0x4000/0xff00
    -j MARK --set-mark 0x4321/0xff00 => -j MARK --set-xmark 0x4321/0xff21
    -j MARK --set-xmark 0x4000/0x4000 =
    -j MARK --set-xmark 5 => -j MARK --set-xmark 0x5/0xffffffff
    -j MARK --or-mark 0x4000 => -j MARK --set-xmark 0x4000/0x4000
    -j MARK --and-mark 0xffffbfff => -j MARK --set-xmark 0x0/0x4000
    -j MARK --xor-mark 0x4000 => -j MARK --set-xmark 0x4000/0x0
    -j CONNMARK --save-mark => -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
    -j CONNMARK --save-mark --mask 0xff => -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
    -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff00 =
    -j CONNMARK --restore-mark --mask 0xff => -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff
    -j CONNMARK --restore-mark --ctmask 0xff => -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xff
    -j CONNMARK --set-mark 5 => -j CONNMARK --set-xmark 0x5/0xffffffff
    -j CONNMARK --set-mark 5/0xff => -j CONNMARK --set-xmark 0x5/0xff
    -j CONNMARK --set-xmark 5/0xff => -j CONNMARK --set-xmark 0x5/0xff
    -j CONNMARK --set-xmark 5/0xffffffff => -j CONNMARK --set-xmark 0x5/0xffffffff
    -j CONNMARK --set-xmark 5 => -j CONNMARK --set-xmark 0x5/0xffffffff
    -j CONNMARK --or-mark 5 => -j CONNMARK --set-xmark 0x5/0x5
    -j CONNMARK --and-mark 0xf0 => -j CONNMARK --set-xmark 0x0/0xffffff0f
    -j CONNMARK --xor-mark 0xf0 => -j CONNMARK --set-xmark 0xf0/0x0
    -p tcp --syn -j TCPMSS --set-mss 1400 => -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1400
    -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu => -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
    -j DSCP --set-dscp 5 => -j DSCP --set-dscp 0x05
    -j DSCP --set-dscp 0x3f =
    -j DSCP --set-dscp-class AF41 => -j DSCP --set-dscp 0x22
    -j CLASSIFY --set-class 1:5 => -j CLASSIFY --set-class 0001:0005
    -j CLASSIFY --set-class 1:ffff => -j CLASSIFY --set-class 0001:ffff
    -j CLASSIFY --set-class 00AB:00CD => -j CLASSIFY --set-class 00ab:00cd
    -j CLASSIFY --set-class 0x1:0x5 => -j CLASSIFY --set-class 0001:0005
    -j CHECKSUM --checksum-fill =
    -j CONNMARK --set-mark 0x4321/0xff00 => -j CONNMARK --set-xmark 0x4321/0xff21
  `,
  ),
  ...forms(
    'raw',
    'both',
    String.raw`
    -j NOTRACK =
    -j CT --notrack =
    -j CT --zone 5 =
    -j CT --zone mark =
    -j CT --zone-orig 5 =
    -j CT --zone-reply 5 =
    -p tcp -j CT --helper ftp =
    -j CT --ctevents new,destroy =
    -j CT --ctevents destroy,new,mark --expevents new --zone 6 => -j CT --ctevents new,destroy,mark --expevents new --zone 6
    -j CT =
    -p tcp -j CT --helper ftp --zone 5 =
    -j CT --zone-orig mark =
    -j CT --zone 0x10 => -j CT --zone 16
    -j CT --zone 65535 =
    -j CT --notrack --zone 5 =
    -j CT --ctevents secmark,natseqinfo,mark,helper,protoinfo,assured,reply,destroy,related,new => -j CT --ctevents new,related,destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark
    -j CT --ctevents natseqinfo =
  `,
  ),
  ...forms(
    'mangle',
    'inet',
    String.raw`
    -p tcp -j TPROXY --on-port 80 => -p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0
    -p tcp -j TPROXY --on-port 80 --on-ip 1.2.3.4 => -p tcp -j TPROXY --on-port 80 --on-ip 1.2.3.4 --tproxy-mark 0x0/0x0
    -p tcp -j TPROXY --on-port 80 --tproxy-mark 1/1 --on-ip 0.0.0.0 => -p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1
    -p udp -j TPROXY --tproxy-mark 1 --on-port 80 => -p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xffffffff
    -p udp -j TPROXY --tproxy-mark 1/0 --on-port 80 => -p udp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x0
    -p tcp -j TPROXY --on-port 0 => -p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0
    -p tcp -j TPROXY --on-port http => -p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0
    -j TTL --ttl-set 64 =
    -j TTL --ttl-dec 1 =
    -j TTL --ttl-inc 1 =
  `,
  ),
  ...forms(
    'mangle',
    'inet6',
    String.raw`
    -p tcp -j TPROXY --on-port 80 => -p tcp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0
    -p tcp -j TPROXY --on-port 80 --on-ip fd00::1 => -p tcp -j TPROXY --on-port 80 --on-ip fd00::1 --tproxy-mark 0x0/0x0
    -j HL --hl-set 64 =
    -j HL --hl-dec 1 =
    -j HL --hl-inc 1 =
  `,
  ),
]
