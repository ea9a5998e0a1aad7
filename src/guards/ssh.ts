import { isAddress } from '../net/addresses.ts'

/** Who is logged in, and by which address of ours. */
export interface SshSession {
  readonly client: string
  readonly server: string
  /** The device, where the addresses are link-local. */
  readonly zone: string | undefined
}

/** 10.0.0.1 of ::ffff:10.0.0.1, as a socket of both families has it. */
const unmapped = (text: string): string => text.replace(/^::ffff:(?=\d+\.)/i, '')

/** $SSH_CONNECTION: client, its port, server, its port (ssh(1)); undefined where it is not that. */
export const parseSshConnection = (text: string | undefined): SshSession | undefined => {
  const [from = '', , to = ''] = (text ?? '').trim().split(/\s+/)
  const [client = '', zone] = unmapped(from).split('%')
  const [server = ''] = unmapped(to).split('%')
  return isAddress(client) && isAddress(server) ? { client, server, zone } : undefined
}
