import { forms } from './form.ts'

/** tcp, udp, sctp and multiport. */
export const PORTS = [
  ...forms(
    'filter',
    'both',
    String.raw`
    -p tcp -m tcp =
    -p tcp --dport 0:65535 => -p tcp -m tcp
    -p tcp --dport 80: => -p tcp -m tcp --dport 80:65535
    -p tcp --dport :80 => -p tcp -m tcp --dport 0:80
    -p tcp --dport 80:80 => -p tcp -m tcp --dport 80
    -p tcp --dport http => -p tcp -m tcp --dport 80
    -p tcp --dport http:https => -p tcp -m tcp --dport 80:443
    -p tcp ! --dport 80 ! --sport 5:6 --tcp-option 5 ! --syn => -p tcp -m tcp ! --sport 5:6 ! --dport 80 --tcp-option 5 ! --tcp-flags FIN,SYN,RST,ACK SYN
    -p tcp ! --tcp-option 255 => -p tcp -m tcp ! --tcp-option 255
    -p tcp --tcp-flags ALL NONE => -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE
    -p tcp --tcp-flags syn,ack,fin SYN => -p tcp -m tcp --tcp-flags FIN,SYN,ACK SYN
    -p tcp --tcp-flags SYN SYN,ACK => -p tcp -m tcp --tcp-flags SYN SYN,ACK
    -p tcp --tcp-flags SYN,SYN SYN => -p tcp -m tcp --tcp-flags SYN SYN
    -p tcp --tcp-flags ALL ALL => -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,SYN,RST,PSH,ACK,URG
    -p tcp --tcp-flags ALL SYN --dport 5 --tcp-option 6 => -p tcp -m tcp --dport 5 --tcp-option 6 --tcp-flags FIN,SYN,RST,PSH,ACK,URG SYN
    -p udp --dport 53 => -p udp -m udp --dport 53
    -p udp -m udp =
    -p udplite -m multiport --dports 5 =
    -p sctp --dport 80 => -p sctp -m sctp --dport 80
    -p sctp ! --dport 80 --sport 0:65535 => -p sctp -m sctp --sport 0:65535 ! --dport 80
    -p sctp ! --dport 0:65535 => -p sctp -m sctp ! --dport 0:65535
    -p sctp --dport :80 => -p sctp -m sctp --dport 0:80
    -p sctp -m sctp =
    -p sctp --chunk-types any INIT,DATA => -p sctp -m sctp --chunk-types any DATA,INIT
    -p sctp --chunk-types ALL data,init => -p sctp -m sctp --chunk-types all DATA,INIT
    -p sctp --chunk-types all ALL => -p sctp -m sctp --chunk-types all ALL
    -p sctp --chunk-types all NONE => -p sctp -m sctp --chunk-types all NONE
    -p tcp -m multiport --dports 80 =
    -p tcp -m multiport --dports http,443,8000:8100 => -p tcp -m multiport --dports 80,443,8000:8100
    -p tcp -m multiport ! --sports 80,81 =
    -p tcp -m multiport --ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 =
    -p tcp -m multiport --ports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15 =
    -p tcp -m multiport --dports 0:65535 =
    -p tcp -m multiport --source-ports 80 => -p tcp -m multiport --sports 80
    -p tcp -m multiport --destination-ports 80 => -p tcp -m multiport --dports 80
    -p tcp -m multiport --dports 80 -m multiport --sports 81 =
    -p dccp -m multiport --dports 80 =
    -p 136 -m multiport --dports 80 => -p udplite -m multiport --dports 80
    -p sctp -m sctp --sport 1 -m sctp --dport 2 =
    -p tcp --dport ! 80 ~> -p tcp -m tcp ! --dport 80
    -p tcp -m tcp --destination-port ssh --source-port 1024: => -p tcp -m tcp --sport 1024:65535 --dport 22
    -p udp --dport domain => -p udp -m udp --dport 53
    -p udp --sport 5:6 ! --dport 7 => -p udp -m udp --sport 5:6 ! --dport 7
    -p tcp --tcp-flags URG,PSH,FIN NONE => -p tcp -m tcp --tcp-flags FIN,PSH,URG NONE
    -m multiport --dports 80 -p tcp ~> -p tcp -m multiport --dports 80
    -p sctp --chunk-types any SHUTDOWN_COMPLETE,COOKIE_ACK,ECN_CWR,HEARTBEAT => -p sctp -m sctp --chunk-types any HEARTBEAT,COOKIE_ACK,ECN_CWR,SHUTDOWN_COMPLETE
    -p tcp -m multiport ! --ports ssh,1:9 -j ACCEPT => -p tcp -m multiport ! --ports 22,1:9 -j ACCEPT
    -p 132 --sport 5 => -p sctp -m sctp --sport 5
    -p 17 --dport 5 => -p udp -m udp --dport 5
    -p tcp --dport ftp => -p tcp -m tcp --dport 21
    -p tcp --dport telnet => -p tcp -m tcp --dport 23
    -p tcp --dport smtp => -p tcp -m tcp --dport 25
    -p tcp --dport kerberos => -p tcp -m tcp --dport 88
    -p tcp --dport pop3 => -p tcp -m tcp --dport 110
    -p udp --dport ntp => -p udp -m udp --dport 123
    -p tcp --dport bgp => -p tcp -m tcp --dport 179
    -p tcp --dport ldap => -p tcp -m tcp --dport 389
    -p tcp --dport https => -p tcp -m tcp --dport 443
    -p tcp --dport imaps => -p tcp -m tcp --dport 993
    -p tcp --dport postgresql => -p tcp -m tcp --dport 5432
    -p tcp --dport mysql => -p tcp -m tcp --dport 3306
    -p tcp --dport ldaps => -p tcp -m tcp --dport 636
    -p tcp --dport pop3s => -p tcp -m tcp --dport 995
    -p tcp --dport submission => -p tcp -m tcp --dport 587
    -p tcp --dport ftp-data => -p tcp -m tcp --dport 20
    -p tcp --dport sunrpc => -p tcp -m tcp --dport 111
    -p tcp --dport snmp => -p tcp -m tcp --dport 161
    -p udp --dport bootps => -p udp -m udp --dport 67
    -p udp --dport bootpc => -p udp -m udp --dport 68
    -p udp --dport tftp => -p udp -m udp --dport 69
  `,
  ),
  ...forms(
    'filter',
    'inet',
    String.raw`
    --src 1.2.3.4 --dst 1.2.3.5 --in-interface a --out-interface b --protocol tcp --match tcp --destination-port 80 => -s 1.2.3.4/32 -d 1.2.3.5/32 -i a -o b -p tcp -m tcp --dport 80
    -p tcp -m multiport --dport 80 => -p tcp -m multiport --dports 80
    -p tcp --destination-port 80 --source-port 5 => -p tcp -m tcp --sport 5 --dport 80
    -m tcp -p tcp --dport 80 => -p tcp -m tcp --dport 80
  `,
  ),
]
