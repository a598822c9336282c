import type { IncomingHttpHeaders } from 'node:http'
import { type BlockList, isIP, isIPv6 } from 'node:net'

/** The address of the client that sent a request. */
export type AddressOf = (request: {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}) => string

/** IPv4 as a socket for both versions shows it. */
const MAPPED = '::ffff:'

/**
 * Follows `x-forwarded-for` from its end, for as long as the sender of an entry is a trusted proxy. What stands before
 * the entry of a client is that client's own text.
 * @param proxies whose entries count
 */
export function createAddressOf(proxies: BlockList): AddressOf {
  const isProxy = (address: string) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '')
    if (isIP(address) === 0 || !isProxy(address)) return address
    const forwarded = headers['x-forwarded-for']
    const entries = String(forwarded ?? '').split(',')
    for (const entry of entries.reverse()) {
      const sender = plain(entry.trim())
      if (isIP(sender) === 0) return address
      address = sender
      if (!isProxy(address)) return address
    }
    return address
  }
}

function plain(address: string): string {
  const isMapped = address.toLowerCase().startsWith(MAPPED) && address.includes('.')
  return isMapped ? address.slice(MAPPED.length) : address
}
