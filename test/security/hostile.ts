import fc from 'fast-check'

/** What a line, a shell, an option parser, a terminal or a template might take for something else. */
const pieces: readonly string[] = [
  ...['\n', '\r', '\r\n', '\0', '\t', ' ', '\v', '\f', '\x1b[2J', '\x7f', '\b'],
  ...['\u0085', '\u00a0', '\u2028', '\u2029', '\ufeff', '\u200b', '\u202e', '\u009b31m'],
  ...[
    '-',
    '--',
    '-batch',
    '-b',
    '--help',
    '-h',
    '-V',
    '-j',
    '-t',
    '--table',
    '-6',
    '-n',
    '-all',
    '!',
  ],
  ...['"', "'", '`', '""', "''", '\\', '\\n', '\\\n', '\\"', 'a"b"c', `a'b`, 'a\\'],
  ...['#', ';', '|', '&', '&&', '>', '<', '(', ')', '*', '?', '[a]', '{}', '{', '~', '=', ',', '+'],
  ...[
    '$(reboot)',
    '`reboot`',
    '$',
    '$$',
    '$&',
    "$'",
    '$`',
    '$1',
    '${',
    '${env.HOME}',
    '$IFS',
    '$@',
  ],
  ...['%', '%n', '%s', '%d', '%%', '@uplink', '..', '.', '/', '../x', 'a/b', ':', '::'],
  ...['COMMIT', '*nat', '*filter', ':X - [0:0]', '-A INPUT -j ACCEPT', '-X', '-F', '[0:0]', 'end'],
  ...[
    'up',
    'down',
    'dev',
    'name',
    'type',
    'master',
    'help',
    'all',
    'default',
    'lo',
    'delete',
    'any',
  ],
  ...[
    'if1',
    'if+2',
    'if3x',
    '0',
    '1',
    '-1',
    '00',
    '1e9',
    'null',
    'true',
    '__proto__',
    'constructor',
  ],
  ...['\u0435th0', 'br\u043e', 'é', 'à', '😀', '\u05d0\u05d1', '\ud83d', '\udc00', 'ﬁ', 'ẞ', ''],
  ...[
    '"\nCOMMIT\n*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n#',
    '\nlink delete dev lo\n',
    "'; reboot; '",
  ],
  ...['x" -j ACCEPT', '\nend\nreboot\n', '-j ACCEPT', '"-t" nat', '\n#', 'a\nb'],
]

const piece = fc.constantFrom(...pieces)

/** Strings that do harm wherever they are taken for more than text. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: piece },
  {
    weight: 3,
    arbitrary: fc.array(piece, { minLength: 2, maxLength: 4 }).map((all) => all.join('')),
  },
  // Short enough to be a name.
  {
    weight: 4,
    arbitrary: fc
      .tuple(piece, fc.constantFrom('', 'a', 'eth0', '-'), piece)
      .map((all) => all.join('').slice(0, 15)),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 16 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 16 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(piece, fc.constantFrom(16, 255, 256, 1024, 12_000))
      .map(([text, count]) => (text === '' ? 'a' : text).repeat(count)),
  },
)

/** How it gets into what stood there. */
export const graft: fc.Arbitrary<(text: string, other: string) => string> = fc.constantFrom(
  (_, other) => other,
  (_, other) => other,
  (text, other) => text + other,
  (text, other) => other + text,
  (text, other) => text.slice(0, text.length / 2) + other + text.slice(text.length / 2),
)

/** Those that are the nearest to harm, of what may be a name. */
export const worst: readonly string[] = [
  ...[
    '-batch',
    '--help',
    '-j',
    '-h',
    '-t',
    '--table',
    '-',
    '--',
    '!',
    '"',
    "'",
    'a"b',
    `a'b`,
    '""',
  ],
  ...[
    '\\',
    'a\\',
    '\\n',
    '#',
    'a#b',
    ';',
    '|',
    '&',
    '<',
    '>',
    '(',
    ')',
    '*',
    '?',
    '[a]',
    '{}',
    '~',
  ],
  ...['$(reboot)', '`reboot`', '$', '$$', '$&', "$'", '$`', '$1', '$IFS', '${x', ',', '+', 'a=b'],
  ...[
    'COMMIT',
    '*nat',
    'end',
    'up',
    'down',
    'dev',
    'name',
    'type',
    'master',
    'help',
    'any',
    'null',
  ],
  ...[
    'lo0',
    '0',
    '1',
    '-1',
    '1e9',
    '__proto__',
    'constructor',
    '\u0435th0',
    'é',
    '😀',
    '\u05d0\u05d1',
  ],
  ...[
    '\u0085',
    '\u200b',
    '\u202e',
    '\u009b',
    '@uplink',
    '...',
    '.a',
    '\ud83d',
    'if2',
    'if+2',
    '-A',
    '-X',
    '[0:0]',
    'peer',
  ],
]

/** A text as a rule of iptables has it. */
export const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
