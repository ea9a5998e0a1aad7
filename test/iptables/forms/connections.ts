import { forms } from './form.ts'

/** conntrack, state, connmark and connlimit. */
export const CONNECTIONS = [
  ...forms(
    'filter',
    'both',
    String.raw`
    -m conntrack --ctstate ESTABLISHED,RELATED => -m conntrack --ctstate RELATED,ESTABLISHED
    -m conntrack --ctstate dnat,SNAT,UNTRACKED,ESTABLISHED,RELATED,NEW,INVALID => -m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT
    -m conntrack ! --ctstate NEW =
    -m conntrack --ctproto tcp => -m conntrack --ctproto 6
    -m conntrack ! --ctproto 47 =
    -m conntrack --ctdir ORIGINAL --ctorigdstport 80 --ctstatus assured,CONFIRMED --ctexpire 5:10 --ctstate NEW --ctproto 6 --ctorigsrcport 1:5 --ctreplsrcport 6 --ctrepldstport 7 => -m conntrack --ctstate NEW --ctproto 6 --ctorigsrcport 1:5 --ctorigdstport 80 --ctreplsrcport 6 --ctrepldstport 7 --ctstatus ASSURED,CONFIRMED --ctexpire 5:10 --ctdir ORIGINAL
    -m conntrack --ctorigdstport 80: => -m conntrack --ctorigdstport 80:65535
    -m conntrack --ctorigdstport :80 => -m conntrack --ctorigdstport 0:80
    -m conntrack --ctorigdstport 0:65535 =
    -m conntrack --ctorigdstport http => -m conntrack --ctorigdstport 80
    -m conntrack --ctorigdstport 80:80 => -m conntrack --ctorigdstport 80
    -m conntrack --ctorigdstport 0 =
    -m conntrack --ctexpire 5 =
    -m conntrack --ctexpire 5: => -m conntrack --ctexpire 5:4294967295
    -m conntrack --ctexpire :5 => -m conntrack --ctexpire 0:5
    -m conntrack ! --ctexpire 5:5 => -m conntrack ! --ctexpire 5
    -m conntrack --ctstatus NONE =
    -m conntrack ! --ctstatus NONE =
    -m state --state ESTABLISHED,RELATED => -m state --state RELATED,ESTABLISHED
    -m state ! --state NEW =
    -m state --state UNTRACKED,INVALID => -m state --state INVALID,UNTRACKED
    -m state --state NEW -m conntrack --ctstate NEW =
    -m connmark --mark 1/0xff => -m connmark --mark 0x1/0xff
    -m connmark ! --mark 5 => -m connmark ! --mark 0x5
    -m connmark --mark 0xff/0x0f => -m connmark --mark 0xff/0xf
    -m connlimit --connlimit-mask 24 --connlimit-above 5 => -m connlimit --connlimit-above 5 --connlimit-mask 24 --connlimit-saddr
    -m connlimit --connlimit-above 5 --connlimit-mask 0 => -m connlimit --connlimit-above 5 --connlimit-mask 0 --connlimit-saddr
    -m conntrack --ctproto gre => -m conntrack --ctproto 47
    -m conntrack --ctorigsrcport 5 ! --ctorigdstport 6:7 =
  `,
  ),
  ...forms(
    'filter',
    'inet',
    String.raw`
    -m conntrack --ctorigsrc 10.0.0.1 =
    -m conntrack --ctorigsrc 10.0.0.1/24 =
    -m conntrack --ctorigsrc 10.0.0.1/255.255.255.0 => -m conntrack --ctorigsrc 10.0.0.1/24
    -m conntrack --ctorigsrc 0.0.0.0/0 =
    -m conntrack --ctorigsrc 10.0.0.1/32 => -m conntrack --ctorigsrc 10.0.0.1
    -m connlimit --connlimit-above 5 => -m connlimit --connlimit-above 5 --connlimit-mask 32 --connlimit-saddr
    -m connlimit --connlimit-upto 5 --connlimit-daddr => -m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-daddr
    -m connlimit ! --connlimit-above 5 => -m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-saddr
    -m connmark ! --mark 0x1/0xff =
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -m conntrack --ctorigsrc fd00::1 =
    -m conntrack --ctorigsrc fd00::1/64 =
    -m conntrack --ctorigsrc fd00::1/128 => -m conntrack --ctorigsrc fd00::1
    -m conntrack ! --ctreplsrc FD00:0::/64 --ctdir reply => -m conntrack ! --ctreplsrc fd00::/64 --ctdir REPLY
    -m connlimit --connlimit-above 5 => -m connlimit --connlimit-above 5 --connlimit-mask 128 --connlimit-saddr
    -m connlimit --connlimit-upto 5 --connlimit-daddr => -m connlimit --connlimit-upto 5 --connlimit-mask 128 --connlimit-daddr
    -m connlimit ! --connlimit-above 5 => -m connlimit --connlimit-upto 5 --connlimit-mask 128 --connlimit-saddr
  `,
  ),
]
