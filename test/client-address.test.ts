import { BlockList } from 'node:net'
import { createAddressOf } from '../src/http/request'

const proxies = new BlockList()
proxies.addSubnet('10.0.0.0', 8, 'ipv4')
proxies.addAddress('fd00::1', 'ipv6')

const addressOf = (remoteAddress: string, forwarded?: string) =>
  createAddressOf(proxies)({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  })

const CASES: readonly (readonly [string, string | undefined, string, string])[] = [
  ['203.0.113.9', undefined, '203.0.113.9', 'nobody says more'],
  ['203.0.113.9', '198.51.100.1', '203.0.113.9', 'the sender is no proxy'],
  ['10.0.0.1', undefined, '10.0.0.1', 'the proxy asks by itself'],
  ['10.0.0.1', '198.51.100.1', '198.51.100.1', 'a proxy names it'],
  ['::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1', 'a socket for both versions has it'],
  ['fd00::1', '2001:db8::7', '2001:db8::7', 'it is of version 6'],
  ['10.0.0.1', '127.0.0.1, 198.51.100.1', '198.51.100.1', 'the client has forged an entry'],
  ['10.0.0.1', '10.9.9.9, 198.51.100.1, 10.0.0.2', '198.51.100.1', 'there are two proxies'],
  ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1', 'a proxy names no address'],
  ['10.0.0.1', '', '10.0.0.1', 'a proxy names nobody'],
]

it.each(CASES.map(([remote, forwarded, client, where]) => ({ remote, forwarded, client, where })))(
  'the client of $remote with x-forwarded-for $forwarded is $client, where $where',
  ({ remote, forwarded, client }) => {
    expect(addressOf(remote, forwarded)).toBe(client)
  },
)
