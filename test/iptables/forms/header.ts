import { forms } from './form.ts'

/** What every rule has: addresses, devices, protocol, jump. */
export const HEADER = [
  ...forms(
    'filter',
    'both',
    String.raw`
    =
    -j ACCEPT =
    -p tcp =
    -p 47 => -p gre
    -p gre =
    -p 2 => -p igmp
    -p 89 => -p ospf
    -p 253 =
    -p 255 =
    -p 0 =>
    -p all =>
    -p TCP => -p tcp
    -p icmpv6 => -p ipv6-icmp
    -p icmp =
    -p ipv6-icmp =
    -p esp =
    -p ah =
    -p udplite =
    -p dccp =
    -p sctp =
    -p ospf =
    -p vrrp =
    ! -p tcp =
    -i + =>
    -i eth0 -o eth+ =
    -i e+h =
    -i a.b:c@d =
    -i a23456789012345 =
    -i a2345678901234+ =
    -i "eth0" => -i eth0
    -i e!h =
    -i eth0:1 =
    -i e* =
    -i ! eth0 ~> ! -i eth0
    -p ! tcp ~> ! -p tcp
    --in-i eth0 --out-int eth1 --proto tcp => -i eth0 -o eth1 -p tcp
    -p l2tp =
    -p 255 -j ACCEPT =
    -o lo -j RETURN =
  `,
  ),
  ...forms(
    'filter',
    'inet',
    String.raw`
    -s 0.0.0.0/0 =>
    -s 0.0.0.0 => -s 0.0.0.0/32
    -s 10.0.0.1,10.0.0.2 -d 10.1.0.1,10.1.0.2 -p tcp => -s 10.0.0.1/32 -d 10.1.0.1/32 -p tcp || -s 10.0.0.1/32 -d 10.1.0.2/32 -p tcp || -s 10.0.0.2/32 -d 10.1.0.1/32 -p tcp || -s 10.0.0.2/32 -d 10.1.0.2/32 -p tcp
    -s 10.0.0.0/255.0.255.0 =
    -s 10.1.2.3/8 => -s 10.0.0.0/8
    -s 10.0.0.1/0 =>
    -s 10.0.0.1/0.0.0.0 =>
    -s 10.0.0.1/0.0.0.1 => -s 0.0.0.1/0.0.0.1
    -s 10.0.0.1/0.0.0.2 => -s 0.0.0.0/0.0.0.2
    -f =
    ! -f -p tcp => -p tcp ! -f
    -p tcp -f -i eth0 -j ACCEPT => -i eth0 -p tcp -f -j ACCEPT
    -j TGT =
    -j a.b:c+d@e-F =
    -g _234567890123456789012345678 =
    -j 4 =
    -j QUEUE =
    -g TGT =
    --goto TGT => -g TGT
    --jump TGT => -j TGT
    -p tcp --dp 80 => -p tcp -m tcp --dport 80
    -j TGT -s 1.2.3.4 => -s 1.2.3.4/32 -j TGT
    -j RETURN =
    -j "TGT" => -j TGT
    -s 1.2.3.4/255.255.255.255 => -s 1.2.3.4/32
    ! -s 1.2.3.4/24 ! -d 5.6.7.8 => ! -s 1.2.3.0/24 ! -d 5.6.7.8/32
    -s ! 10.0.0.1 ~> ! -s 10.0.0.1/32
    --source 10.0.0.1 --dst 10.0.0.2 => -s 10.0.0.1/32 -d 10.0.0.2/32
    -s 1.2.3.4,0.0.0.0/0 -j DROP => -s 1.2.3.4/32 -j DROP || -j DROP
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -s ::/0 =>
    -s :: => -s ::/128
    -s fd00::1/ffff:: => -s fd00::/16
    -s fd00::1/64 => -s fd00::/64
    -s ::ffff:1.2.3.4 => -s ::ffff:1.2.3.4/128
    -s ::1.2.3.4 => -s ::1.2.3.4/128
    -s FD00:0:0::1,fd00::2 => -s fd00::1/128 || -s fd00::2/128
    ! -s fd00::/8 =
    -s fd00::1 ! -d fd00::2/64 -j TGT => -s fd00::1/128 ! -d fd00::/64 -j TGT
    -s 2001:db8:0:0:1:0:0:1/112 => -s 2001:db8:0:0:1::/112
  `,
  ),
]
