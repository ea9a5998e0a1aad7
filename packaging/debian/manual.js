// manual.js HELP.JSON VERSION SECONDS: the manual page nodeplan(8), of what --help prints.
import { readFileSync } from 'node:fs'

const [file = '', version = '', seconds = '0'] = process.argv.slice(2)
const help = JSON.parse(readFileSync(file, 'utf8'))
const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 10)

/** As roff has it: nothing of the text is an instruction, and a hyphen can be searched for. */
const escape = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')

const commands = Object.keys(help)
  .filter((name) => name !== '')
  .sort()

const page = [
  `.TH NODEPLAN 8 "${date}" "nodeplan ${version}" "System Administration"`,
  '.SH NAME',
  'nodeplan \\- plan and apply for the network of a Linux node',
  '.SH SYNOPSIS',
  '.B nodeplan',
  '.I COMMAND',
  '[\\fIFLAG\\fR...]',
  '.SH DESCRIPTION',
  'A YAML file says which links, namespaces, addresses, routes, rules, kernel parameters, services and firewall rules',
  'a node is to have.',
  '.B nodeplan plan',
  'shows what would change,',
  '.B nodeplan apply',
  'does it and verifies, and',
  '.B nodeplan watch',
  'keeps it so. The program calls itself netplan in what it prints.',
  '.SH COMMANDS',
  ...commands.flatMap((name) => [`.SS nodeplan ${name}`, '.nf', escape(help[name].trim()), '.fi']),
  '.SH FILES',
  '.TP',
  '.I /etc/nodeplan/netplan.yaml',
  'what the units of systemd apply',
  '.TP',
  '.I /etc/default/nodeplan',
  'flags of the units: NODEPLAN_WATCH, NODEPLAN_APPLY, NODEPLAN_DRIFT',
  '.TP',
  '.I /run/nodeplan',
  'notes of what was changed, which live as long as the changes',
  '.TP',
  '.I /var/lib/nodeplan',
  'the last good configuration of',
  '.B nodeplan watch',
  '.SH SEE ALSO',
  '.BR ip (8),',
  '.BR iptables (8);',
  '.I /usr/share/doc/nodeplan/docs',
]

process.stdout.write(`${page.join('\n')}\n`)
