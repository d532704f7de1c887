import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Whether an address may be anybody's on the internet: not this machine, its networks, or what leads back to them. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !NOT_PUBLIC.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Resolves a name and refuses it unless *every* address is public. Given to the agent as its own lookup, so that the
 * connection goes to the very address that was checked: a name that answers differently the next time gains nothing.
 */
export function publicLookup(resolve: typeof dnsLookup = dnsLookup, isAllowed = isPublicAddress): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => !isAllowed(address));
      const [first] = addresses;
      if (refused || !first) return callback(new AddressRefused(hostname), '', 0);
      if (options.all) (callback as unknown as AllCallback)(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

// Node asks for all addresses when it tries both families; its type for the hook knows only the other form.
type AllCallback = (error: null, addresses: LookupAddress[]) => void;

export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  override readonly name = 'AddressRefused';

  constructor(hostname: string) {
    super(`${hostname} is not on the public internet`);
  }
}

const NOT_PUBLIC = new BlockList();
// An IPv4 address mapped into IPv6 (::ffff:0:0/96) is checked against these too. That range itself must not be listed:
// it would refuse all of IPv4.
for (const [network, prefix] of [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96], // unspecified, loopback, IPv4-compatible
  ['64:ff9b::', 96], // NAT64: an IPv4 address behind it
  ['64:ff9b:1::', 48], // NAT64, local
  ['100::', 64], // discard
  ['2001::', 23], // protocol assignments, Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address behind it
  ['3fff::', 20], // documentation
  ['5f00::', 16], // segment routing
  ['fc00::', 7], // unique local
  ['fe80::', 10], // link-local
  ['fec0::', 10], // site-local, deprecated
  ['ff00::', 8], // multicast
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}
