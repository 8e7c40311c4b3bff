/**
 * Which addresses outside jobs may post to. Whoever may register a webhook names the address, so without these checks
 * they could make the stack call its own network, the metadata service or the machine it runs on (SSRF).
 */
import { BlockList, isIP } from 'node:net'

/** What is not the public internet, from IANA's registries of special-purpose addresses. */
const refused4 = blockList('ipv4', [
  '0.0.0.0/8', // this network; Linux takes 0.0.0.0 for loopback
  '10.0.0.0/8', // private
  '100.64.0.0/10', // behind a carrier's NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and with it the metadata service
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
])

/** In IPv6 only this block is public; loopback, link-local, unique local, multicast, IPv4-mapped and NAT64 lie outside. */
const global6 = blockList('ipv6', ['2000::/3'])

/** Parts of it that are not public, or that carry an IPv4 address inside, which could be any. */
const refused6 = blockList('ipv6', [
  '2001::/23', // protocol assignments, among them Teredo
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
])

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/')
    list.addSubnet(net, Number(prefix), family)
  }
  return list
}

/** Whether an IP address is one of the public internet. What is no IP address is not. */
export function isPublicAddress(address: string): boolean {
  // A zone (fe80::1%eth0) belongs to link-local addresses only.
  if (address.includes('%')) return false
  const family = isIP(address)
  if (family === 4) return !refused4.check(address, 'ipv4')
  return family === 6 && global6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
}

/** Where receivers of webhooks listen. Other ports would let a caller feel out which services other hosts run. */
const ports = ['', '443', '8443']

/**
 * What is wrong with an address as it is written; `undefined` if nothing is. What its name resolves to is checked when
 * it is connected to, and only then: a name can be made to point elsewhere at any time.
 *
 * @param url parsed, so that 2130706433, 0x7f.1, 0177.0.0.1 and their kin have become 127.0.0.1
 */
export function addressProblem(url: URL, { allowPrivate }: { readonly allowPrivate: boolean }): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return 'must be https'
  if (allowPrivate) return undefined
  if (!ports.includes(url.port)) return `must use port 443 or 8443, not ${url.port}`
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) !== 0) return isPublicAddress(host) ? undefined : 'must be a public address'
  if (!host.includes('.') || host.endsWith('.localhost')) return 'must be a public host name, with its domain'
  return undefined
}
