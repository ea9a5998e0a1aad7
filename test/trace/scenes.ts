// Two answers of REJECT would spoil what is counted at the rules of nat. The RST of --reject-with
// tcp-reset in INPUT or FORWARD walks nat POSTROUTING for the connection that it ends: it stands where
// nat has no rules. And an ICMP error that comes while connect() still holds its socket is kept for the
// next time, so that a TCP probe is sent again after a second: only UDP is rejected with ICMP.

/** Rules as iptables-restore takes them, and probes: PLACE PROTOCOL SOURCE > ADDRESS:PORT [xTIMES] [after MS]. */
export interface Scene {
  readonly name: string
  readonly rules: string
  readonly probes: string
}

const services: Scene = {
  name: 'services: a cluster address, masquerade by mark, turns, a node port, none ready',
  rules: `
*nat
:SERVICES - [0:0]
:NODEPORTS - [0:0]
:SVC - [0:0]
:SEP1 - [0:0]
:SEP2 - [0:0]
:MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment "all services" -j SERVICES
-A OUTPUT -j SERVICES
-A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A POSTROUTING -j MASQUERADE --random-fully
-A SERVICES -d 10.96.0.10/32 -p tcp -m comment --comment web -m tcp --dport 80 -j SVC
-A SERVICES -d 10.96.0.10/32 -p udp -m udp --dport 80 -j SVC
-A SERVICES -m addrtype --dst-type LOCAL -j NODEPORTS
-A NODEPORTS -p tcp -m tcp --dport 30080 -g SVC
-A NODEPORTS -p udp -m udp --dport 30080 -g SVC
-A SVC ! -s 10.1.0.2/32 -j MARK-MASQ
-A SVC -m statistic --mode nth --every 2 --packet 0 -j SEP1
-A SVC -j SEP2
-A SEP1 -s 10.2.0.2/32 -j MARK-MASQ
-A SEP1 -p tcp -m tcp -j DNAT --to-destination 10.2.0.2:8080
-A SEP1 -p udp -m udp -j DNAT --to-destination 10.2.0.2:8080
-A SEP2 -p tcp -m tcp -j DNAT --to-destination 10.2.0.3:8081
-A SEP2 -p udp -m udp -j DNAT --to-destination 10.2.0.3:8081
-A MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 10.96.0.11/32 -p udp -m udp --dport 80 -m conntrack --ctstate NEW -j REJECT --reject-with icmp-port-unreachable
-A FORWARD -d 10.96.0.11/32 -p udp -m udp --dport 81 -j REJECT --reject-with icmp-admin-prohibited
-A FORWARD -m conntrack --ctstate DNAT --ctorigdst 10.96.0.0/16 --ctorigdstport 80 -j ACCEPT
-A FORWARD -m conntrack --ctorigdstport 30080 -j ACCEPT
COMMIT
`,
  probes: `
client udp 10.1.0.2 > 10.96.0.10:80 x3
client tcp 10.1.0.2 > 10.96.0.10:80 x2
client udp 10.1.0.3 > 10.96.0.10:80
client tcp 10.1.0.3 > 10.1.0.1:30080
client udp 10.1.0.2 > 10.2.0.1:30080
client udp 10.1.0.2 > 10.96.0.11:80
client udp 10.1.0.2 > 10.96.0.11:81
client udp 10.1.0.2 > 10.96.0.10:81
client tcp 10.1.0.2 > 10.1.0.1:8080
node udp 10.2.0.1 > 10.96.0.10:80
node tcp 10.1.0.1 > 10.96.0.10:80
node udp 10.1.0.1 > 10.96.0.10:81
node tcp 10.1.0.1 > 10.1.0.1:30080
node udp 10.1.0.1 > 10.96.0.11:81
`,
}

const matches: Scene = {
  name: 'matches and their opposites, -g and RETURN, policies',
  rules: `
*mangle
:M - [0:0]
:P - [0:0]
-A PREROUTING -i cl -p udp -g M
-A PREROUTING -i cl -j MARK --set-xmark 0x9/0xffffffff
-A M ! -s 10.1.0.2/32 -j RETURN
-A M -j MARK --set-xmark 0xf0/0xffffffff
-A M -p udp -m multiport ! --dports 80,8081:8090 -j MARK --set-xmark 0xb0/0x30
-A POSTROUTING -j P
-A P -i cl -d 10.2.0.3/32 -p udp -m udp --dport 8081 -j DROP
-A P ! -i b+ -s 10.1.0.1/32 -d 10.2.0.0/16 -p udp -m udp --dport 8080 -j DROP
-A FORWARD -m mark --mark 0x8/0x8 -m mark ! --mark 0x9 -j DROP
COMMIT
*filter
:FORWARD DROP [0:0]
:F1 - [0:0]
:F2 - [0:0]
:F3 - [0:0]
:F4 - [0:0]
:I - [0:0]
-A FORWARD -m conntrack ! --ctstate NEW,INVALID -j ACCEPT
-A FORWARD -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m multiport --dports 8080 -j ACCEPT
-A FORWARD ! -i be ! -o c+ -j F1
-A FORWARD -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -j REJECT --reject-with icmp-port-unreachable
-A F1 -p tcp -j RETURN
-A F1 -g F2
-A F1 -j ACCEPT
-A F2 -m mark --mark 0x70 -j F3
-A F2 -m mark --mark 0xf0 -m udp -p udp ! --dport 8081:8082 -j DROP
-A F2 -m mark --mark 0xf0 -j ACCEPT
-A F3 ! -d 10.2.0.2/32 -j RETURN
-A F3 -g F4
-A F4 -p udp -m udp --sport 1024:65535 --dport 8000:8080 -j ACCEPT
-A INPUT -p udp -m udp --dport 80 -g I
-A INPUT -p udp -m udp --dport 80 -j ACCEPT
-A INPUT -p udp -j ACCEPT
-A INPUT -p tcp -m addrtype --src-type LOCAL -j ACCEPT
-A INPUT -p tcp -m addrtype ! --dst-type LOCAL -j ACCEPT
-A INPUT -p tcp -m tcp ! --dport 8080 -j DROP
-A I -s 10.1.0.3/32 -j RETURN
-A I -j REJECT
COMMIT
`,
  probes: `
client tcp 10.1.0.2 > 10.2.0.2:8080
client tcp 10.1.0.2 > 10.2.0.2:8081
client udp 10.1.0.2 > 10.2.0.2:8080
client udp 10.1.0.2 > 10.2.0.3:8080
client udp 10.1.0.2 > 10.2.0.2:8081
client udp 10.1.0.2 > 10.2.0.3:8081
node udp 10.1.0.1 > 10.2.0.3:8081
node udp 10.1.0.1 > 10.2.0.3:8080
client udp 10.1.0.2 > 10.96.0.10:80
client udp 10.1.0.3 > 10.2.0.2:8080
client udp 10.1.0.2 > 10.1.0.1:80
client udp 10.1.0.3 > 10.1.0.1:80
client udp 10.1.0.3 > 10.1.0.1:8080
client tcp 10.1.0.3 > 10.1.0.1:80
client tcp 10.1.0.3 > 10.1.0.1:8080
node tcp 10.1.0.1 > 10.1.0.1:80
`,
}

const counting: Scene = {
  name: 'statistic: turns with an offset and negated, a die that is loaded, policy DROP behind -g',
  rules: `
*nat
:N - [0:0]
-A PREROUTING -d 10.96.0.10/32 -p udp -g N
-A PREROUTING -d 10.96.0.10/32 -j DNAT --to-destination 10.2.0.3
-A N -p udp -m statistic --mode nth --every 3 --packet 2 -j DNAT --to-destination 10.2.0.2:8080
-A N -p udp -m statistic --mode nth ! --every 2 --packet 0 -j DNAT --to-destination 10.2.0.3:8080
-A N -m statistic --mode random ! --probability 1.00000000000 -j DNAT --to-destination 10.2.0.9
-A N -p udp -m statistic --mode random --probability 1.00000000000 -j DNAT --to-destination :80
-A POSTROUTING -d 10.2.0.0/16 -m statistic --mode nth --every 2 --packet 1 -j MASQUERADE
COMMIT
*filter
:F - [0:0]
:INPUT DROP [0:0]
-A INPUT -p udp -g F
-A INPUT -j ACCEPT
-A F -p udp -m udp --dport 8080 -j ACCEPT
COMMIT
`,
  probes: `
client udp 10.1.0.2 > 10.96.0.10:81 x6
client udp 10.1.0.2 > 10.2.0.2:8080 x3
client udp 10.1.0.2 > 10.1.0.1:80
client udp 10.1.0.2 > 10.1.0.1:8080
client tcp 10.1.0.2 > 10.1.0.1:80
client tcp 10.1.0.2 > 10.96.0.10:8080
`,
}

const affinity: Scene = {
  name: 'recent: affinity, kept by --rcheck until it is too old, by --update longer',
  rules: `
*nat
:SVC - [0:0]
:A - [0:0]
:B - [0:0]
-A PREROUTING -d 10.96.0.10/32 -j SVC
-A SVC -m recent --rcheck --seconds 2 --reap --name tA --mask 255.255.255.255 --rsource -j A
-A SVC -p udp -m recent --update --seconds 2 --reap --name tB --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.3:8081
-A SVC -m statistic --mode nth --every 2 --packet 0 -j A
-A SVC -j B
-A A -p udp -m recent ! --set --name never --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.9:1
-A A -p udp -m recent --set --name tA --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.2:8080
-A B -p udp -m recent --set --name tB --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.3:8080
COMMIT
`,
  probes: `
client udp 10.1.0.2 > 10.96.0.10:80
client udp 10.1.0.3 > 10.96.0.10:80
client udp 10.1.0.2 > 10.96.0.10:80
client udp 10.1.0.3 > 10.96.0.10:80
client udp 10.1.0.3 > 10.96.0.10:80 after 1200
client udp 10.1.0.3 > 10.96.0.10:80 after 1200
client udp 10.1.0.3 > 10.96.0.10:80 after 2200
client udp 10.1.0.2 > 10.96.0.10:80 x2
`,
}

const local: Scene = {
  name: 'the node itself: where OUTPUT sends a packet, what comes back by lo, nowhere to go',
  rules: `
*raw
-A PREROUTING -i lo -m conntrack --ctstate NEW -m mark --mark 0x1 -j MARK --set-xmark 0x2/0xffffffff
-A PREROUTING -i cl -m conntrack ! --ctstate INVALID -j DROP
-A PREROUTING -i cl -p udp -m conntrack ! --ctorigdst 10.9.0.9 -j DROP
-A PREROUTING -i cl -p udp -m udp --dport 81 -j CT --notrack
-A PREROUTING -i be -p udp -m udp --sport 81 -j CT --notrack
COMMIT
*mangle
:X - [0:0]
-A OUTPUT -j X
-A X ! -i cl -p tcp -j MARK --set-xmark 0x1/0xffffffff
-A POSTROUTING -o lo -p udp -m udp --dport 8080 -m conntrack --ctstate DNAT -j MARK --set-xmark 0x7/0xffffffff
COMMIT
*nat
-A PREROUTING -i lo -j DNAT --to-destination 10.2.0.9
-A PREROUTING -d 10.96.0.10/32 -p udp -j DNAT --to-destination 10.2.0.2:8080
-A OUTPUT -d 10.96.0.11/32 -p tcp -j DNAT --to-destination 10.1.0.1:80
-A OUTPUT -d 10.96.0.11/32 -p udp -j DNAT --to-destination 10.1.0.1:8080
-A OUTPUT -d 10.96.0.10/32 -p udp -m udp --dport 80 -j DNAT --to-destination 10.1.0.1:8080
-A OUTPUT -d 10.1.0.9/32 -p udp -j DNAT --to-destination 10.2.0.2:8080
-A OUTPUT -d 10.1.0.8/32 -p udp -j DNAT --to-destination 10.2.0.2:8081
-A OUTPUT -s 127.0.0.1/32 -p udp -m udp --dport 30080 -j DNAT --to-destination 10.2.0.2:8080
-A OUTPUT -d 10.2.0.3/32 -p udp -j DNAT --to-destination 10.2.0.3:8080
-A POSTROUTING -o lo -s 10.2.0.1/32 -j MASQUERADE
-A POSTROUTING -o be -s 10.1.0.1/32 -j MASQUERADE
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate UNTRACKED -j ACCEPT
-A FORWARD -m conntrack --ctstate NEW,ESTABLISHED ! --ctorigdst 10.9.0.9 -j ACCEPT
-A INPUT -i lo -p tcp -m mark ! --mark 0x2 -m conntrack --ctstate NEW -j DROP
-A INPUT -i lo -p udp -m mark --mark 0x7 -m conntrack --ctstate SNAT -j REJECT
-A OUTPUT -m conntrack --ctstate NEW -d 10.2.0.2/32 -p udp -m udp --dport 8080 -o be -j DROP
-A OUTPUT -m conntrack --ctstate NEW -d 10.2.0.2/32 -p udp -m udp --dport 8081 -o be -j DROP
-A OUTPUT -m conntrack --ctstate NEW -d 10.2.0.2/32 -p udp -m udp --dport 8081 -o cl -j REJECT
-A OUTPUT -m conntrack --ctstate DNAT -d 10.2.0.3/32 -p udp -j REJECT
COMMIT
`,
  probes: `
node tcp 10.1.0.1 > 10.96.0.11:80
node tcp 10.1.0.1 > 10.1.0.1:80
node udp 10.1.0.1 > 10.96.0.11:80
node udp 10.2.0.1 > 10.96.0.11:80
node udp 10.2.0.1 > 10.1.0.1:8080
node udp 10.1.0.1 > 10.1.0.9:80
node udp 10.1.0.1 > 10.1.0.8:80
node udp 10.1.0.1 > 10.2.0.3:8080
node udp 10.1.0.1 > 10.2.0.3:8081
node udp 127.0.0.1 > 127.0.0.1:8080
node udp 127.0.0.1 > 127.0.0.1:30080
client udp 10.1.0.2 > 10.96.0.10:80
client udp 10.1.0.2 > 10.96.0.10:81
`,
}

const hosts = Array.from({ length: 101 }, (_, host) => `client udp 10.1.7.${host} > 10.96.0.10:80`)

/** IPv4 alone, where the client has addresses enough. */
export const CROWD: Scene = {
  name: 'recent: a list has room for 100, and one packet reaps one entry',
  rules: `
*nat
-A PREROUTING -p udp -m udp --dport 81 -m recent --rcheck --seconds 2 --reap --name tL --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.2:8081
-A PREROUTING -p udp -m udp --dport 80 -m recent --rcheck --seconds 100 --name tL --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.2:8080
-A PREROUTING -p udp -m recent --set --name tL --mask 255.255.255.255 --rsource -j DNAT --to-destination 10.2.0.3:8080
COMMIT
`,
  probes: `
${hosts.join('\n')}
client udp 10.1.7.0 > 10.96.0.10:80
client udp 10.1.7.1 > 10.96.0.10:80
client udp 10.1.7.3 > 10.96.0.10:80
client udp 10.1.7.3 > 10.96.0.10:81
client udp 10.1.7.50 > 10.96.0.10:81 after 2200
client udp 10.1.7.2 > 10.96.0.10:81
client udp 10.1.7.2 > 10.96.0.10:81
`,
}

export const SCENES = [services, matches, counting, affinity, local]
