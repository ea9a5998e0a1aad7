type Data = Readonly<Record<string, unknown>>

/** Switches of a VXLAN that no file has, by their names in JSON. */
const switches: Readonly<Record<string, string>> = {
  external: 'external',
  vnifilter: 'vnifilter',
  proxy: 'proxy',
  rsc: 'rsc',
  l2miss: 'l2miss',
  l3miss: 'l3miss',
  gbp: 'gbp',
  gpe: 'gpe',
  udp_zero_csum6_tx: 'udp6zerocsumtx',
  udp_zero_csum6_rx: 'udp6zerocsumrx',
  remcsum_tx: 'remcsumtx',
  remcsum_rx: 'remcsumrx',
}

const rangeWords = (range: unknown): readonly string[] => {
  const { low = 0, high = 0 } = (range ?? {}) as { low?: number; high?: number }
  return high === 0 ? [] : ['srcport', String(low), String(high)]
}

const valueWords = (keyword: string, value: unknown): readonly string[] =>
  typeof value === 'string' || typeof value === 'number' ? [keyword, String(value)] : []

/** What others gave a tunnel that no file says, as `ip link add` takes it. */
export const tunnelWords = (data: Data): readonly string[] => [
  ...Object.entries(switches).flatMap(([key, word]) => (data[key] === true ? [word] : [])),
  ...rangeWords(data['port_range']),
  ...(data['df'] === 'unset' ? [] : valueWords('df', data['df'])),
  ...valueWords('maxaddress', data['limit']),
  ...valueWords('flowlabel', data['label']),
  // It shows none.
  ...(data['ttl'] === undefined ? ['ttl', 'inherit'] : []),
]
