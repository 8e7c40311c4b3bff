import { describe, expect, it } from 'vitest'
import { addressProblem, isPublicAddress } from '../../functions/aws/public-address.ts'

describe('which IP addresses are public', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
    '2600:1f00::1',
  ])('%s is', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each([
    ['0.0.0.0', 'this host'],
    ['0.1.2.3', 'this network'],
    ['10.0.0.1', 'private'],
    ['10.255.255.255', 'private'],
    ['100.64.0.1', 'carrier NAT'],
    ['100.127.255.255', 'carrier NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'container credentials'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.88.99.1', '6to4 relay'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarks'],
    ['198.19.255.255', 'benchmarks'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['::ffff:8.8.8.8', 'IPv4-mapped, even of a public one'],
    ['::ffff:0:127.0.0.1', 'IPv4-translated'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1::a00:1', 'local NAT64'],
    ['100::1', 'discard'],
    ['2001::1', 'Teredo'],
    ['2001:20::1', 'ORCHID'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2002:a9fe:a9fe::1', '6to4 of metadata'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'unique local'],
    ['fd00:ec2::254', 'metadata'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with zone'],
    ['2606:4700::1%eth0', 'a zone where none can be'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['', 'no address'],
    ['example.com', 'no address'],
    ['127.1', 'no address in full'],
  ])('%s is not: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

const problem = (url: string, allowPrivate = false) => addressProblem(new URL(url), { allowPrivate })

describe('which URLs may be posted to', () => {
  it.each([
    'https://example.com/hook?token=1',
    'https://example.com:443/',
    'https://example.com:8443/',
    'https://sub.localhost.example.com/',
    'https://1.1.1.1/',
    'https://[2606:4700:4700::1111]/',
    'https://bücher.example/',
  ])('%s may', (url) => {
    expect(problem(url)).toBeUndefined()
  })

  it.each([
    ['http://example.com/', 'https'],
    ['ftp://example.com/', 'https'],
    ['file:///etc/passwd', 'https'],
    ['https://user@example.com/', 'user name'],
    ['https://user:secret@example.com/', 'user name'],
    ['https://example.com@127.0.0.1/', 'user name'],
    ['https://example.com:22/', 'port'],
    ['https://example.com:6379/', 'port'],
    ['https://localhost/', 'host name'],
    ['https://LOCALHOST/', 'host name'],
    ['https://localhost./', 'host name'],
    ['https://ⓛocalhost/', 'host name'],
    ['https://api.localhost/', 'host name'],
    ['https://api.localhost./', 'host name'],
    ['https://intranet/', 'host name'],
    ['https://127.0.0.1/', 'public address'],
    ['https://127.0.0.1./', 'public address'],
    ['https://127.1/', 'public address'],
    ['https://2130706433/', 'public address'],
    ['https://0x7f000001/', 'public address'],
    ['https://0x7f.1/', 'public address'],
    ['https://0177.0.0.1/', 'public address'],
    ['https://017700000001/', 'public address'],
    ['https://１２７．０．０．１/', 'public address'],
    ['https://127。0。0。1/', 'public address'],
    ['https://%31%32%37.0.0.1/', 'public address'],
    ['https://0/', 'public address'],
    ['https://169.254.169.254/latest/meta-data/', 'public address'],
    ['https://[::1]/', 'public address'],
    ['https://[::]/', 'public address'],
    ['https://[::ffff:127.0.0.1]/', 'public address'],
    ['https://[::ffff:a9fe:a9fe]/', 'public address'],
    ['https://[64:ff9b::127.0.0.1]/', 'public address'],
    ['https://[2002:7f00:1::]/', 'public address'],
    ['https://[fd00:ec2::254]/', 'public address'],
  ])('%s may not, for its %s', (url, reason) => {
    expect(problem(url)).toContain(reason)
  })

  it('lets private addresses and plain http pass where the stage says so, but never a user name', () => {
    expect(problem('http://127.0.0.1:4000/', true)).toBeUndefined()
    expect(problem('https://localhost:8080/', true)).toBeUndefined()
    expect(problem('http://user@127.0.0.1/', true)).toContain('user name')
    expect(problem('ftp://127.0.0.1/', true)).toContain('https')
  })
})
