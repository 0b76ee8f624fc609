/** IPv4 addresses and subnets as 32-bit numbers. IPv6 is not spoken by hosts and containers of a mesh yet. */

export interface Subnet {
  address: number;
  mask: number;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** How a dual-stack socket shows an IPv4 peer. */
const MAPPED = '::ffff:';

export const plainAddress = (text: string): string =>
  text.startsWith(MAPPED) ? text.slice(MAPPED.length) : text;

/** `10.1.2.3` as an unsigned number, or undefined. Runs for every query, hence no regular expression. */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (octet < 0) return undefined;
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else {
      if (code < ZERO || code > ZERO + 9) return undefined;
      octet = Math.max(octet, 0) * 10 + code - ZERO;
      if (octet > 255) return undefined;
    }
  }
  return dots === 4 ? value : undefined;
}

export const ipv4Bytes = (address: number): Uint8Array =>
  Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);

/** `172.17.0.0/16`, or one address; undefined for anything else. */
export function parseSubnet(text: string): Subnet | undefined {
  const [base = '', bits = '32', ...rest] = text.split('/');
  const address = parseIpv4(base);
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
    return undefined;
  // a shift by 32 would be a shift by 0
  const mask = Number(bits) === 0 ? 0 : (0xffffffff << (32 - Number(bits))) >>> 0;
  return { address: (address & mask) >>> 0, mask };
}

export const contains = (subnet: Subnet, address: number): boolean =>
  (address & subnet.mask) >>> 0 === subnet.address;
