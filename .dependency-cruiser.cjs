// Imports run one way along the corridor of docs/architecture.md. `npm run deps` checks it.

/** What a folder may import of src/, beside itself, as patterns of paths below src/. */
const layers = {
  commands: [
    'apply/',
    'present/',
    'plan/',
    'expand/',
    'config/',
    'generated/',
    'kernel/',
    'resources/',
    'iptables/',
    'import/',
    'lints/',
    'guards/',
    'probes/',
    'rehearsal/',
    'sources/',
    'watch/',
    'cni/attachments',
    'cni/describe',
    'cni/names',
    'net/',
  ],
  cni: ['commands/', 'expand/', 'config/', 'kernel/', 'resources/', 'net/'], // another program, by the same engine
  watch: ['sources/', 'present/document', 'kernel/state-files'], // when a round is made, and what is told of it: it makes none
  sources: ['config/', 'generated/', 'kernel/run', 'net/'],
  apply: ['probes/', 'plan/', 'resources/', 'kernel/', 'iptables/', 'config/diagnostics'],
  present: [
    'plan/',
    'probes/',
    'rehearsal/',
    'resources/kind',
    'iptables/',
    'config/diagnostics',
    'net/',
  ],
  plan: ['resources/kind', 'config/diagnostics', 'kernel/reader', 'net/'], // it knows no kind by name
  resources: ['kernel/', 'iptables/', 'net/', 'config/diagnostics'],
  lints: ['resources/', 'kernel/', 'iptables/', 'net/', 'config/diagnostics'],
  guards: ['plan/', 'present/fold', 'resources/', 'net/', 'config/diagnostics'], // present/fold: what counts as one object
  rehearsal: ['plan/', 'probes/', 'resources/', 'kernel/', 'iptables/', 'net/'], // what a copy is made of: it makes none
  expand: ['config/', 'generated/', 'resources/', 'guards/limits', 'iptables/', 'probes/', 'net/'], // never the kernel: it reads no node
  import: ['config/', 'generated/', 'expand/', 'resources/', 'kernel/reader', 'iptables/', 'net/'],
  config: ['generated/', 'iptables/', 'probes/', 'net/'],
  kernel: ['iptables/', 'probes/', 'net/'],
  iptables: ['net/'], // the language of iptables-save: text in, text out
  probes: ['config/diagnostics', 'net/'], // what has to work, and how results are judged: it tries nothing
  net: [],
}

/** Of these only the types, except for the modules named: so a kind cannot run a program. */
const typesOnly = [
  { from: 'resources', to: 'kernel', except: 'reader' },
  { from: 'lints', to: 'kernel' },
  { from: 'guards', to: 'plan' },
  { from: 'expand', to: 'guards' },
  { from: 'present', to: 'plan' },
  { from: 'present', to: 'probes' },
  { from: 'present', to: 'resources' },
  { from: 'present', to: 'rehearsal' },
  { from: 'rehearsal', to: 'plan' },
  { from: 'rehearsal', to: 'kernel' },
  { from: 'expand', to: 'config', except: 'diagnostics' },
  { from: 'expand', to: 'generated' },
  { from: 'plan', to: 'kernel' },
]

const corridor = Object.entries(layers).map(([folder, allowed]) => ({
  name: `${folder}-imports-one-way`,
  comment: `src/${folder} may import ${allowed.join(', ') || 'nothing'} of src/.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[`${folder}/`, ...allowed].join('|')})` },
}))

const types = typesOnly.map(({ from, to, except = '-' }) => ({
  name: `${from}-imports-types-of-${to}`,
  comment: `src/${from} may import types of src/${to}, and nothing that runs.`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: {
    path: `^src/${to}/`,
    pathNot: `^src/${to}/(${except})[.]ts$`,
    dependencyTypesNot: ['type-only'],
  },
}))

module.exports = {
  forbidden: [
    ...corridor,
    ...types,
    {
      name: 'only-the-kernel-runs-programs',
      comment:
        'Only src/kernel may start a program: everything else stays testable without a node.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kernel/' },
      to: { path: '^(node:)?(child_process|cluster|worker_threads)$' },
    },
    {
      name: 'only-commands-know-oclif',
      comment: 'Flags, colours and exit codes end in src/commands.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands/|main[.]ts$)' },
      to: { path: 'node_modules/@oclif/' },
    },
    {
      name: 'no-circles',
      comment: 'Not even of types: two modules that need each other are one module or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports it and it imports nothing.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^src/',
        pathNot: '^src/main[.]ts$',
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'What the installed program needs stands in `dependencies`.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
