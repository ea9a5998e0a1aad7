import { forms } from './form.ts'

/** Targets of the table nat. */
export const NAT = [
  ...forms(
    'nat',
    'inet',
    String.raw`
    -p tcp -j DNAT --to 10.0.0.1:80 => -p tcp -j DNAT --to-destination 10.0.0.1:80
    -p tcp -j DNAT --to-destination 10.0.0.1:80-90 =
    -p tcp -j DNAT --to-destination 10.0.0.1:80-80 => -p tcp -j DNAT --to-destination 10.0.0.1:80
    -p tcp -j DNAT --to-destination 10.0.0.1:80-90/1000 =
    -p tcp -j DNAT --to-destination 10.0.0.1:http => -p tcp -j DNAT --to-destination 10.0.0.1:80
    -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80 =
    -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.1 => -p tcp -j DNAT --to-destination 10.0.0.1
    -p tcp -j DNAT --to-destination 10.0.0.9-10.0.0.1 =
    -p tcp -j DNAT --to-destination 10.0.0.1:0 =
    -p icmp -j DNAT --to-destination 10.0.0.1:80 =
    -p sctp -j DNAT --to-destination 10.0.0.1:80 =
    -j DNAT --to-destination 10.0.0.1 --random --persistent =
    -j DNAT --persistent --to-destination 10.0.0.1 --random => -j DNAT --to-destination 10.0.0.1 --random --persistent
    -j SNAT --to 1.2.3.4 => -j SNAT --to-source 1.2.3.4
    -p udp -j SNAT --to-source 1.2.3.4:1024-65535 --random-fully =
    -j SNAT --to-source 1.2.3.4-1.2.3.9 --persistent --random --random-fully => -j SNAT --to-source 1.2.3.4-1.2.3.9 --random --random-fully --persistent
    -p icmp -j REDIRECT --to-ports 80 =
    -j NETMAP --to 10.0.0.0/24 =
    -j NETMAP --to 10.0.0.5/24 => -j NETMAP --to 10.0.0.0/24
    -j NETMAP --to 10.0.0.5 => -j NETMAP --to 10.0.0.5/32
    -j NETMAP --to 10.0.0.5/255.255.255.0 => -j NETMAP --to 10.0.0.0/24
    -p udp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --persistent =
    -p udp -j SNAT --to-source :1024-2048 =
  `,
  ),
  ...forms(
    'nat',
    'both',
    String.raw`
    -p tcp -j DNAT --to-destination :80 =
    -j MASQUERADE =
    -j MASQUERADE --random-fully --random => -j MASQUERADE --random --random-fully
    -p tcp -j MASQUERADE --to-ports 1024-65535 --random =
    -p tcp -j MASQUERADE --to-ports 1024 =
    -p tcp -j MASQUERADE --to 1024 => -p tcp -j MASQUERADE --to-ports 1024
    -p tcp -j REDIRECT --to-ports 80 =
    -p tcp -j REDIRECT --to-port 80-90 --random => -p tcp -j REDIRECT --to-ports 80-90 --random
    -p tcp -j REDIRECT --to 80 => -p tcp -j REDIRECT --to-ports 80
    -j REDIRECT =
    -p tcp -j REDIRECT --to-ports http => -p tcp -j REDIRECT --to-ports 80
    -p tcp -m tcp --dport 80 -j DNAT --to-destination :8080 =
  `,
  ),
  ...forms(
    'nat',
    'inet6',
    String.raw`
    -p tcp -j DNAT --to-destination [fd00::1]:80 =
    -p tcp -j DNAT --to-destination [FD00:0::1]:80-90/7 => -p tcp -j DNAT --to-destination [fd00::1]:80-90/7
    -p tcp -j DNAT --to-destination fd00::1 =
    -p tcp -j DNAT --to-destination [fd00::1] => -p tcp -j DNAT --to-destination fd00::1
    -p tcp -j DNAT --to-destination fd00::1-fd00::9 =
    -p tcp -j DNAT --to-destination [fd00::1-fd00::9]:80 =
    -p tcp -j DNAT --to-destination fd00::1:80 =
    -p tcp -j DNAT --to-destination [::ffff:1.2.3.4]:80 =
    -j SNAT --to-source fd00::1 --random =
    -p tcp -j SNAT --to-source [fd00::1]:1-5 =
    -j NETMAP --to fd00::/64 =
    -j NETMAP --to fd00::5/64 => -j NETMAP --to fd00::/64
    -j NETMAP --to fd00::5 => -j NETMAP --to fd00::5/128
    -p udp -j SNAT --to-source [fd00::1-fd00::2]:1024-2048 --persistent =
  `,
  ),
]
