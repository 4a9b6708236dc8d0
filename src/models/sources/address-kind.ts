import { BlockList, isIP, isIPv6 } from 'node:net'

/**
 * Where an address is: on the open internet; on this machine and its networks; or where no model lies,
 * as at the metadata of a cloud's machine, multicast, unspecified and reserved addresses.
 */
export type AddressKind = 'public' | 'private' | 'never'

/** Networks of IPv4, from IANA's special-purpose registry, and what clouds tell their machines by. */
const IPV4: Readonly<Record<'private' | 'never', readonly (readonly [string, number])[]>> = {
  never: [
    ['0.0.0.0', 8],
    // AWS, Azure, Google, and containers of AWS; Alibaba; Oracle; Azure's own platform.
    ['169.254.169.254', 32],
    ['169.254.170.2', 32],
    ['169.254.170.23', 32],
    ['100.100.100.200', 32],
    ['192.0.0.192', 32],
    ['168.63.129.16', 32],
    // Documentation and 6to4 relays.
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  private: [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ],
}

/** Those of IPv6; what is neither here nor in `GLOBAL` is never connected to. */
const IPV6: Readonly<Record<'private' | 'never', readonly (readonly [string, number])[]>> = {
  never: [
    // AWS and its containers; Google.
    ['fd00:ec2::254', 128],
    ['fd00:ec2::23', 128],
    ['fd20:ce::254', 128],
    // Teredo and other protocols, documentation.
    ['2001::', 23],
    ['2001:db8::', 32],
    ['3fff::', 20],
  ],
  private: [
    ['::1', 128],
    ['fc00::', 7],
    ['fe80::', 10],
  ],
}

/** Global unicast, and the IPv4 internet as networks of IPv6 alone reach it (NAT64, RFC 6052). */
const GLOBAL: BlockList = subnets([
  ['2000::', 3],
  ['64:ff9b::', 96],
])

const NEVER: BlockList = subnets([...IPV4.never.flatMap(asIpv6), ...IPV4.never, ...IPV6.never])

const PRIVATE: BlockList = subnets([
  ...IPV4.private.flatMap(asIpv6),
  ...IPV4.private,
  ...IPV6.private,
])

/** The kind of an IPv4 or IPv6 address; `never` for what is no address. */
export function addressKind(address: string): AddressKind {
  // A zone, as in `fe80::1%eth0`, names an interface of this machine.
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) === 0) return 'never'
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4'
  // `::ffff:10.0.0.1` is IPv4 in disguise; no name server gives it, and it is not looked into.
  if (family === 'ipv6' && MAPPED.check(plain, family)) return 'never'
  if (NEVER.check(plain, family)) return 'never'
  if (PRIVATE.check(plain, family)) return 'private'
  return family === 'ipv4' || GLOBAL.check(plain, family) ? 'public' : 'never'
}

const MAPPED: BlockList = subnets([['::ffff:0:0', 96]])

/** Where a network of IPv4 lies in IPv6: behind NAT64, and in 6to4 (RFC 3056). */
function asIpv6([network, prefix]: readonly [string, number]): readonly [string, number][] {
  const [a = 0, b = 0, c = 0, d = 0] = network.split('.').map(Number)
  const high = (a * 256 + b).toString(16)
  const low = (c * 256 + d).toString(16)
  return [
    [`64:ff9b::${high}:${low}`, 96 + prefix],
    [`2002:${high}:${low}::`, 16 + prefix],
  ]
}

function subnets(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of networks) {
    list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return list
}
