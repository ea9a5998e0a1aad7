import test from 'ava'
import type { Family } from '../../src/net/addresses.ts'
import { canonicalRule } from '../../src/iptables/canonical.ts'

/** A rule, the word at which it is refused ('' is its end), and what the message says. */
type Case = readonly [rule: string, word: string, says: RegExp, family?: Family]

const LONG = 'x'.repeat(256)

const CASES: readonly Case[] = [
  // The rule as a text
  ['-m comment --comment "a', '"a', /never closed/],
  ['-s 10.0.0.1\n-j DROP', '\n', /line break/],
  ["-m comment --comment 'a b'", "b'", /no quotes but ""/],
  ['-j ACCEPT foo', 'foo', /unexpected/],
  // Options
  ['-A INPUT -j ACCEPT', '-A', /no part of a rule/],
  ['-t nat -j ACCEPT', '-t', /no part of a rule/],
  ['-4 -j ACCEPT', '-4', /no part of a rule/],
  ['--table nat', '--table', /no part of a rule/],
  ['-s10.0.0.1', '-s10.0.0.1', /write a space/],
  ['--source=10.0.0.1', '--source=10.0.0.1', /write a space and not =/],
  ['--dport 80', '--dport', /not named before/],
  ['-p tcp --d 80', '--d', /ambiguous/],
  ['-p tcp --bogus 80', '--bogus', /unknown/],
  ['-m set --set s4 src', '--set', /unknown/],
  ['-s 10.0.0.1 -s 10.0.0.2', '10.0.0.2', /twice/],
  ['-j ACCEPT -j DROP', 'DROP', /one -j or -g/],
  ['-j ACCEPT -g TGT', 'TGT', /one -j or -g/],
  ['! ! -s 10.0.0.1', '!', /unexpected/],
  ['-s 10.0.0.1 !', '!', /nothing stands behind/],
  ['! -s ! 10.0.0.1', '-s', /negated twice/],
  ['! -m comment --comment a', '-m', /cannot be negated/],
  ['! -j ACCEPT', '-j', /cannot be negated/],
  ['-p', '-p', /needs a value/],
  ['-p tcp --tcp-flags SYN', '--tcp-flags', /needs two values/],
  ['-j', '-j', /needs a value/],
  // Header
  ['-s localhost', 'localhost', /names are not looked up/],
  ['-s fd00::1', 'fd00::1', /not an IPv4 address/],
  ['-s 10.0.0.1', '10.0.0.1', /not an IPv6 address/, 'inet6'],
  ['-s 10/8', '10/8', /not an IPv4/],
  ['-s 010.0.0.1', '010.0.0.1', /not an IPv4/],
  ['-s 10.0.0.0/33', '10.0.0.0/33', /not an IPv4/],
  ['! -s 0.0.0.0/0', '0.0.0.0/0', /never matches/],
  ['! -s 10.0.0.1,10.0.0.2', '10.0.0.1,10.0.0.2', /one address/],
  ['-s 10.0.0.1,', '10.0.0.1,', /not an IPv4/],
  ['! -i +', '+', /never matches/],
  ['-i a234567890123456', 'a234567890123456', /name of a device/],
  ['-i "a b"', '"a b"', /name of a device/],
  ['-i a/b', 'a/b', /name of a device/],
  ['! -p all', 'all', /never matches/],
  ['-p 4', '4', /same on every node/],
  ['-p nosuch', 'nosuch', /same on every node/],
  ['-p 256', '256', /same on every node/],
  ['-f', '-f', /IPv6 has no -f/, 'inet6'],
  ['-g ACCEPT', 'ACCEPT', /not to a target/],
  ['-j TEE --gateway 10.0.0.1', 'TEE', /is not known here/],
  ['-j a2345678901234567890123456789', 'a2345678901234567890123456789', /at most 28/],
  ['-j "a b"', '"a b"', /made of letters/],
  ['-j INPUT', 'INPUT', /built-in chain/],
  // Matches
  ['-m u32 --u32 "0=1"', 'u32', /is not known here/],
  ['-m string --string a --algo bm', 'string', /is not known here/],
  ['-m nosuch', 'nosuch', /no match nosuch/],
  ['-m tcp --dport 80', 'tcp', /needs -p tcp/],
  ['-p udp -m tcp --dport 80', 'tcp', /needs -p tcp/],
  ['! -p tcp --dport 80', '--dport', /needs -p tcp/],
  ['-p tcp --dport 80 -m tcp --sport 1', 'tcp', /twice/],
  ['-p tcp ! --dport 0:65535', '0:65535', /not a port/],
  ['-p tcp ! --sport 0:20786', '0:20786', /not a port/],
  ['-p tcp --dport 080', '080', /not a port/],
  ['-p udp --dport 0x50', '0x50', /not a port/],
  ['-p tcp --dport 65536', '65536', /not a port/],
  ['-p tcp --dport 90:80', '90:80', /not a port/],
  ['-p tcp --dport nosuch', 'nosuch', /not a port/],
  ['-p tcp --tcp-flags NONE NONE', 'NONE', /not a list/],
  ['-p tcp --tcp-flags SYN,FOO SYN', 'SYN,FOO', /not a list/],
  ['-p tcp --syn --tcp-flags SYN SYN', '--tcp-flags', /twice/],
  ['-p tcp -m multiport --dports 80:80', '80:80', /up to 15 ports/],
  ['-p tcp -m multiport --dports 80 --sports 81', 'multiport', /only one of/],
  ['-p icmp -m multiport --dports 80', 'multiport', /needs -p/],
  ['-p icmp --icmp-type 255', '255', /not a type/],
  ['-p icmp --icmp-type 8', '--icmp-type', /IPv4 alone/, 'inet6'],
  ['-m ttl --ttl-eq 5', 'ttl', /IPv4 alone/, 'inet6'],
  ['-m hl --hl-eq 5', 'hl', /IPv6 alone/],
  ['-m conntrack', 'conntrack', /needs --ctstate/],
  ['-m conntrack --ctstate NEW,FOO', 'NEW,FOO', /not a list/],
  ['-m conntrack --ctorigsrc 10.0.0.1/255.0.255.0', '10.0.0.1/255.0.255.0', /not an address/],
  ['-m conntrack ! --ctdir REPLY', '--ctdir', /cannot be negated/],
  ['-m mark --mark 010', '010', /not a mark/],
  ['-m mark --mark 4294967296', '4294967296', /not a mark/],
  [`-m comment --comment ${LONG}`, LONG, /0 to 255 bytes/],
  ['-m comment --comment \ud800', '\ud800', /0 to 255 bytes/],
  ['-m statistic --mode random --probability 1.1', '1.1', /to 1/],
  ['-m statistic --mode random --probability 0', '0', /to 1/],
  ['-m statistic --mode nth --every 3 --packet 3', 'statistic', /counts from 0/],
  ['-m statistic --mode nth --every 3', 'statistic', /needs --packet/],
  ['-m limit --limit 10001/sec', '10001/sec', /not a rate/],
  ['-m limit --limit 1/day', 'limit', /more than a day/],
  ['-m recent --set --mask 24', '24', /written out/],
  ['-m recent --set --seconds 5', 'recent', /needs --rcheck/],
  ['-m recent --set --name "a b"', '"a b"', /not a name/],
  ['-m addrtype --dst-type BROADCAST', 'BROADCAST', /not a list/, 'inet6'],
  ['-m owner --uid-owner nobody', 'nobody', /differ from node to node/],
  ['-m owner --uid-owner 5 --suppl-groups', 'owner', /needs --gid-owner/],
  ['-m hashlimit --hashlimit-name a --hashlimit-upto 1mb/s', '1mb/s', /not a rate/],
  ['-m hashlimit --hashlimit-upto 1/s', 'hashlimit', /needs --hashlimit-name/],
  // Targets
  ['-j DNAT', 'DNAT', /needs --to-destination/],
  ['-j DNAT --to 10.0.0.1:80', '10.0.0.1:80', /ports need -p tcp/],
  ['-p tcp -j DNAT --to fd00::1', 'fd00::1', /is not ADDRESS/],
  ['-p tcp -j DNAT --to [fd00::1]:', '[fd00::1]:', /is not ADDRESS/, 'inet6'],
  ['-p tcp -j SNAT --to 10.0.0.1:80-90/5', '10.0.0.1:80-90/5', /is not ADDRESS/],
  ['-j REJECT --reject-with tcp-reset', 'REJECT', /needs -p tcp/],
  ['-j REJECT --reject-with icmp6-no-route', 'icmp6-no-route', /not one of/],
  ['-j MARK --set-mark 1 --or-mark 2', '--or-mark', /twice/],
  ['-j CONNMARK --set-mark 1 --nfmask 2', 'CONNMARK', /beside --save-mark/],
  ['-p tcp -j TCPMSS --clamp-mss-to-pmtu', 'TCPMSS', /SYN packets/],
  ['-p tcp ! --syn -j TCPMSS --clamp-mss-to-pmtu', 'TCPMSS', /SYN packets/],
  ['-j LOG --log-prefix 012345678901234567890123456789', '0123', /1 to 29 bytes/],
  ['-j NFLOG --nflog-range 5', '--nflog-range', /unknown/],
  ['-j NFQUEUE --queue-balance 4:', '4:', /a range up to/],
  ['-j NFQUEUE --queue-balance 4:4', '4:4', /a range up to/],
  ['-j CT --zone 0', '0', /from 1 to 65535/],
  ['-j CT --zone 1 --zone-orig 2', 'CT', /only one of/],
  ['-j TPROXY --on-port 80', 'TPROXY', /needs -p tcp or udp/],
  ['-j CLASSIFY --set-class 10000:5', '10000:5', /MAJOR:MINOR/],
  ['-j TTL --ttl-set 64', 'TTL', /IPv4 alone/, 'inet6'],
  ['-j NETMAP --to 10.0.0.5/255.0.255.0', '10.0.0.5/255.0.255.0', /not an address/],
]

test('what is not known to be read back is refused, with its place and a reason', (t) => {
  for (const [rule, word, says, family = 'inet'] of CASES) {
    const result = canonicalRule(rule, family)
    t.false(result.ok, `${rule} is taken`)
    if (result.ok) continue
    t.regex(result.message, says, rule)
    t.true(rule.startsWith(word, result.at), `${rule}: refused at ${result.at}, not at ${word}`)
  }
})

test('what iptables-restore has no room for is refused', (t) => {
  const words = canonicalRule('-m rpfilter '.repeat(150), 'inet')
  const word = canonicalRule(`-s ${'10.0.0.1,'.repeat(200)}`, 'inet')
  const printed = canonicalRule('-m recent --set '.repeat(75), 'inet')
  const tokens = ['-j', 'A\nB'].map((text, at) => ({ text, at }))
  t.like(printed, { ok: false, message: 'more than iptables-restore has room for' })
  t.like(canonicalRule(tokens, 'inet'), {
    ok: false,
    at: 1,
    message: 'a control character or a line break',
  })
  t.like(words, { ok: false, message: 'more than 240 words' })
  t.like(word, { ok: false, message: 'a word of more than 1023 bytes', at: 3 })
})
