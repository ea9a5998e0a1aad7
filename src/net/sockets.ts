import { canonicalAddress, isAddress } from './addresses.ts'

/** An address with a port. */
export interface Socket {
  readonly address: string
  readonly port: number
}

/** '10.0.0.1:80', '[fd00::1]:80'; undefined: it is none. The address is as the kernel prints it. */
export const parseSocket = (text: string): Socket | undefined => {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([1-9]\d{0,4})$/.exec(text) ?? []
  const address = bracketed ?? plain ?? ''
  const isFamily = bracketed === undefined || address.includes(':')
  if (!isFamily || !isAddress(address) || Number(digits) > 65535) return undefined
  return { address: canonicalAddress(address), port: Number(digits) }
}

/** Whether the text is an address with a port, that of IPv6 in brackets. */
export const isSocket = (text: string): boolean => parseSocket(text) !== undefined

/** The other way round. */
export const formatSocket = ({ address, port }: Socket): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`
