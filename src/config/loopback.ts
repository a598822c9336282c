import { BlockList, isIP } from 'node:net'

/** True for 127.0.0.0/8, `::1` (in any spelling, IPv4-mapped too) and `localhost`. */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  if (version === 0) return host.toLowerCase() === 'localhost'
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
