import { forms } from './form.ts'

/** statistic, limit, hashlimit and recent. */
export const LIMITS = [
  ...forms(
    'filter',
    'both',
    String.raw`
    -m limit --limit 1/s -m limit --limit 2/s => -m limit --limit 1/sec -m limit --limit 2/sec
    -m statistic --mode random --probability 0.33 => -m statistic --mode random --probability 0.33000000007
    -m statistic --mode random --probability 0.5 => -m statistic --mode random --probability 0.50000000000
    -m statistic --mode random --probability 1 => -m statistic --mode random --probability 1.00000000000
    -m statistic --mode random --probability 1e-3 => -m statistic --mode random --probability 0.00100000016
    -m statistic --mode random --probability 0.3333333333 => -m statistic --mode random --probability 0.33333333349
    -m statistic --mode random --probability .25 => -m statistic --mode random --probability 0.25000000000
    -m statistic --mode random ! --probability 0.000000001 => -m statistic --mode random ! --probability 0.00000000093
    -m statistic --mode nth --every 3 --packet 0 =
    -m statistic --mode nth --every 3 --packet 2 =
    -m statistic --mode nth ! --every 3 --packet 1 =
    -m statistic --mode nth --packet 1 --every 3 => -m statistic --mode nth --every 3 --packet 1
    -m statistic --mode nth --every 4294967295 --packet 5 =
    -m limit => -m limit --limit 3/hour
    -m limit --limit 5/second => -m limit --limit 5/sec
    -m limit --limit 5/s => -m limit --limit 5/sec
    -m limit --limit 5/m --limit-burst 5 => -m limit --limit 5/min
    -m limit --limit 5 => -m limit --limit 5/sec
    -m limit --limit 5/hour --limit-burst 7 =
    -m limit --limit 60/minute => -m limit --limit 1/sec
    -m limit --limit 120/minute => -m limit --limit 2/sec
    -m limit --limit 90/minute => -m limit --limit 90/min
    -m limit --limit 7/second => -m limit --limit 7/sec
    -m limit --limit 3/second => -m limit --limit 3/sec
    -m limit --limit 10000/second => -m limit --limit 10000/sec
    -m limit --limit 9999/second => -m limit --limit 10000/sec
    -m limit --limit 24/day => -m limit --limit 1/hour
    -m limit --limit 25/day =
    -m limit --limit 3600/hour => -m limit --limit 1/sec
    -m limit --limit 7/hour =
    -m limit --limit 13/minute => -m limit --limit 13/min
    -m limit --limit 5/S => -m limit --limit 5/sec
    -m limit --limit 5/sec --limit-burst 10000 =
    -m limit --limit-burst 10 => -m limit --limit 3/hour --limit-burst 10
    -m limit --limit 600/sec => -m limit --limit 625/sec
    -m limit --limit 333/sec =
    -m limit --limit 1000000/day => -m limit --limit 694/min
    -m hashlimit --hashlimit-upto 5/s --hashlimit-name a1 => -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a1
    -m hashlimit --hashlimit 5/s --hashlimit-name a2 => -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a2
    -m hashlimit --hashlimit-above 5/min --hashlimit-burst 10 --hashlimit-mode srcip,dstport --hashlimit-name a3 --hashlimit-srcmask 24 =
    -m hashlimit --hashlimit-name a4 --hashlimit-above 600/min --hashlimit-mode dstport,srcip => -m hashlimit --hashlimit-above 10/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name a4 --hashlimit-htable-expire 60000
    -m hashlimit --hashlimit-name a5 --hashlimit-above 7/min --hashlimit-htable-size 100 --hashlimit-htable-max 200 --hashlimit-htable-gcinterval 300 --hashlimit-htable-expire 400 => -m hashlimit --hashlimit-above 7/min --hashlimit-burst 5 --hashlimit-name a5 --hashlimit-htable-size 100 --hashlimit-htable-max 200 --hashlimit-htable-gcinterval 300 --hashlimit-htable-expire 400
    -m hashlimit --hashlimit-name a8 --hashlimit-upto 7/s --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-dstmask 8 => -m hashlimit --hashlimit-upto 7/sec --hashlimit-burst 5 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-name a8 --hashlimit-dstmask 8
    -m hashlimit --hashlimit-name a9 ! --hashlimit-upto 7/s => -m hashlimit --hashlimit-above 7/sec --hashlimit-burst 5 --hashlimit-name a9
    -m hashlimit --hashlimit-name b1 --hashlimit-upto 333/s => -m hashlimit --hashlimit-upto 333/sec --hashlimit-burst 5 --hashlimit-name b1
    -m hashlimit --hashlimit-name b2 --hashlimit-upto 7/hour => -m hashlimit --hashlimit-upto 7/hour --hashlimit-burst 5 --hashlimit-name b2
    -m hashlimit --hashlimit-name b4 --hashlimit-upto 1/day --hashlimit-burst 1 => -m hashlimit --hashlimit-upto 1/day --hashlimit-burst 1 --hashlimit-name b4
    -m hashlimit --hashlimit-name b5 --hashlimit-upto 5 --hashlimit-burst 1 => -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 1 --hashlimit-name b5
    -m hashlimit --hashlimit-name b6 --hashlimit-upto 10000/s => -m hashlimit --hashlimit-upto 10000/sec --hashlimit-burst 5 --hashlimit-name b6
    -m hashlimit --hashlimit-name b7 --hashlimit-upto 1000000/s => -m hashlimit --hashlimit-upto 1000000/sec --hashlimit-burst 5 --hashlimit-name b7
    -m hashlimit --hashlimit-name b8 --hashlimit-upto 120/minute --hashlimit-burst 5 => -m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 5 --hashlimit-name b8 --hashlimit-htable-expire 60000
    -m hashlimit --hashlimit-name c2 --hashlimit-upto 10/s --hashlimit-htable-expire 1000 => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name c2
    -m hashlimit --hashlimit-name c3 --hashlimit-upto 10/min --hashlimit-htable-expire 60000 => -m hashlimit --hashlimit-upto 10/min --hashlimit-burst 5 --hashlimit-name c3
    -m hashlimit --hashlimit-name c4 --hashlimit-upto 10/s --hashlimit-htable-expire 10000 => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name c4 --hashlimit-htable-expire 10000
    -m hashlimit --hashlimit-name c5 --hashlimit-upto 10/s --hashlimit-htable-gcinterval 1000 => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-name c5
    -m hashlimit --hashlimit-name c6 --hashlimit-upto 10/hour --hashlimit-htable-gcinterval 2000 --hashlimit-htable-expire 3600000 => -m hashlimit --hashlimit-upto 10/hour --hashlimit-burst 5 --hashlimit-name c6 --hashlimit-htable-gcinterval 2000
    -m hashlimit --hashlimit-name a1 --hashlimit-upto 6/s => -m hashlimit --hashlimit-upto 6/sec --hashlimit-burst 5 --hashlimit-name a1
    -m hashlimit --hashlimit-name 0123456789abcde --hashlimit-upto 6/s => -m hashlimit --hashlimit-upto 6/sec --hashlimit-burst 5 --hashlimit-name 0123456789abcde
    -m hashlimit --hashlimit-name 0123456789abcdef --hashlimit-upto 6/s => -m hashlimit --hashlimit-upto 6/sec --hashlimit-burst 5 --hashlimit-name 0123456789abcdef
    -m hashlimit --hashlimit-name a.b --hashlimit-upto 6/s => -m hashlimit --hashlimit-upto 6/sec --hashlimit-burst 5 --hashlimit-name a.b
    -m hashlimit --hashlimit-name c9 --hashlimit-upto 6/s --hashlimit-burst 10001 => -m hashlimit --hashlimit-upto 6/sec --hashlimit-burst 10001 --hashlimit-name c9
    -m limit --limit 700/sec => -m limit --limit 714/sec
    -m limit --limit 3000/min => -m limit --limit 50/sec
    -m limit --limit 7000/min => -m limit --limit 117/sec
    -m limit --limit 11/min =
    -m limit --limit 59/min =
    -m limit --limit 4999/min => -m limit --limit 83/sec
    -m limit --limit 100/day =
    -m limit --limit 13/sec =
    -m hashlimit --hashlimit-name a1 --hashlimit-upto 70000/s => -m hashlimit --hashlimit-upto 71428/sec --hashlimit-burst 5 --hashlimit-name a1
    -m hashlimit --hashlimit-name a2 --hashlimit-upto 90/min => -m hashlimit --hashlimit-upto 90/min --hashlimit-burst 5 --hashlimit-name a2
    -m hashlimit --hashlimit-name a3 --hashlimit-upto 3600/hour --hashlimit-htable-expire 1000 => -m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 5 --hashlimit-name a3
    -m hashlimit --hashlimit-name a4 --hashlimit-upto 60/hour --hashlimit-htable-expire 3600000 => -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 5 --hashlimit-name a4 --hashlimit-htable-expire 3600000
    -m hashlimit --hashlimit-name a6 --hashlimit-upto 1/min --hashlimit-htable-max 1 => -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 5 --hashlimit-name a6 --hashlimit-htable-max 1
    -m statistic --mode nth --every 0x10 --packet 0x2 => -m statistic --mode nth --every 16 --packet 2
    -m hashlimit --hashlimit-name o1 --hashlimit-upto 5/s --hashlimit-mode dstport,dstip,srcport,srcip => -m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip,srcport,dstip,dstport --hashlimit-name o1
    -m hashlimit --hashlimit-name o2 ! --hashlimit 120/min => -m hashlimit --hashlimit-above 2/sec --hashlimit-burst 5 --hashlimit-name o2 --hashlimit-htable-expire 60000
    -m limit --limit 1/day --limit-burst 1 =
    -m statistic --mode random --probability 0.000244140625 => -m statistic --mode random --probability 0.00024414062
    -m statistic --mode random --probability 0.000732421875 => -m statistic --mode random --probability 0.00073242188
    -m statistic --mode random --probability 1.0E-1 => -m statistic --mode random --probability 0.10000000009
  `,
  ),
  ...forms(
    'filter',
    'inet',
    String.raw`
    -m recent --rcheck => -m recent --rcheck --name DEFAULT --mask 255.255.255.255 --rsource
    -m recent --set => -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource
    -m recent --name X --rcheck --seconds 5 --reap => -m recent --rcheck --seconds 5 --reap --name X --mask 255.255.255.255 --rsource
    -m recent --update --seconds 60 --hitcount 4 --rttl --name ssh --rsource => -m recent --update --seconds 60 --hitcount 4 --rttl --name ssh --mask 255.255.255.255 --rsource
    -m recent --remove --rdest => -m recent --remove --name DEFAULT --mask 255.255.255.255 --rdest
    -m recent ! --rcheck --name foo => -m recent ! --rcheck --name foo --mask 255.255.255.255 --rsource
    -m recent ! --set --name foo => -m recent ! --set --name foo --mask 255.255.255.255 --rsource
    -m recent --rcheck --hitcount 5 => -m recent --rcheck --hitcount 5 --name DEFAULT --mask 255.255.255.255 --rsource
    -m recent --rcheck --hitcount 300 --name h3 => -m recent --rcheck --hitcount 300 --name h3 --mask 255.255.255.255 --rsource
    -m recent --set --mask 255.255.255.0 --name m1 => -m recent --set --name m1 --mask 255.255.255.0 --rsource
    -m recent --set --name a.b:c => -m recent --set --name a.b:c --mask 255.255.255.255 --rsource
    -m recent --rcheck --hitcount 6 --rttl => -m recent --rcheck --hitcount 6 --rttl --name DEFAULT --mask 255.255.255.255 --rsource
    -m recent --update --name X --rdest --seconds 0x10 => -m recent --update --seconds 16 --name X --mask 255.255.255.255 --rdest
    -m hashlimit --hashlimit-name b9 --hashlimit-upto 10/s --hashlimit-srcmask 32 --hashlimit-mode srcip => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name b9
    -m hashlimit --hashlimit-name c1 --hashlimit-upto 10/s --hashlimit-srcmask 0 --hashlimit-mode srcip => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name c1 --hashlimit-srcmask 0
    -m hashlimit --hashlimit-name b1 --hashlimit-upto 1/min --hashlimit-mode dstip --hashlimit-dstmask 24 --hashlimit-srcmask 16 => -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 5 --hashlimit-mode dstip --hashlimit-name b1 --hashlimit-srcmask 16 --hashlimit-dstmask 24
    -m recent --set --name a -m recent --update --name a --seconds 5 => -m recent --set --name a --mask 255.255.255.255 --rsource -m recent --update --seconds 5 --name a --mask 255.255.255.255 --rsource
    -m recent --set --name 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 => -m recent --set --name 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 --mask 255.255.255.255 --rsource
  `,
  ),
  ...forms(
    'filter',
    'inet6',
    String.raw`
    -m recent --rcheck => -m recent --rcheck --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --set => -m recent --set --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --name X --rcheck --seconds 5 --reap => -m recent --rcheck --seconds 5 --reap --name X --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --update --seconds 60 --hitcount 4 --rttl --name ssh --rsource => -m recent --update --seconds 60 --hitcount 4 --rttl --name ssh --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --remove --rdest => -m recent --remove --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rdest
    -m recent ! --rcheck --name foo => -m recent ! --rcheck --name foo --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent ! --set --name foo => -m recent ! --set --name foo --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --rcheck --hitcount 5 => -m recent --rcheck --hitcount 5 --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --rcheck --hitcount 300 --name h3 => -m recent --rcheck --hitcount 300 --name h3 --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --set --mask ffff:ffff:ffff:ffff:: --name m1 => -m recent --set --name m1 --mask ffff:ffff:ffff:ffff:: --rsource
    -m recent --set --name a.b:c => -m recent --set --name a.b:c --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --rcheck --hitcount 6 --rttl => -m recent --rcheck --hitcount 6 --rttl --name DEFAULT --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --update --name X --rdest --seconds 0x10 => -m recent --update --seconds 16 --name X --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rdest
    -m hashlimit --hashlimit-name b9 --hashlimit-upto 10/s --hashlimit-srcmask 32 --hashlimit-mode srcip => -m hashlimit --hashlimit-upto 10/sec --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name b9 --hashlimit-srcmask 32
    -m recent --set --name a -m recent --update --name a --seconds 5 => -m recent --set --name a --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource -m recent --update --seconds 5 --name a --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
    -m recent --set --name 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 => -m recent --set --name 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource
  `,
  ),
]
