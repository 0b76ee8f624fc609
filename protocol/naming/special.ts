/** Names outside our zone that are answered here and never asked of anybody else. */
import { relativeTo } from './name.ts';
import { contains, parseIpv4, parseSubnet } from './subnet.ts';

/** Private or special by RFC 6761, 6762, 7686, 8375, and `.internal` by ICANN's resolution of 2024. */
const PRIVATE_DOMAINS = ['localhost', 'internal', 'invalid', 'test', 'onion', 'local', 'home.arpa'];
/** A browser that gets an address here would go round us with DNS over HTTPS. */
const CANARY = 'use-application-dns.net';
/** RFC 6303 and 7793: nobody outside knows names of such addresses. */
const PRIVATE_SUBNETS = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '255.255.255.255',
].map((text) => parseSubnet(text)!);
const REVERSE_IPV4 = 'in-addr.arpa';
/** unique local, link-local, documentation, and the zero and loopback addresses */
const PRIVATE_REVERSE_IPV6 = [
  'd.f.ip6.arpa',
  '8.e.f.ip6.arpa',
  '9.e.f.ip6.arpa',
  'a.e.f.ip6.arpa',
  'b.e.f.ip6.arpa',
  '8.b.d.0.1.0.0.2.ip6.arpa',
  `${'0.'.repeat(31)}ip6.arpa`,
];

export const isLocalhost = (name: string): boolean => relativeTo('localhost', name) !== undefined;

/** Does the name stay here? Single labels do: they are somebody's short name for a private thing. */
export function isNeverForwarded(name: string): boolean {
  if (name !== '' && !name.includes('.')) return true;
  if (name === CANARY) return true;
  if (PRIVATE_DOMAINS.some((domain) => relativeTo(domain, name) !== undefined)) return true;
  const reverse = relativeTo(REVERSE_IPV4, name);
  if (reverse !== undefined && reverse !== '') return isPrivateReverse(reverse);
  return PRIVATE_REVERSE_IPV6.some((domain) => relativeTo(domain, name) !== undefined);
}

/** `1.0.17.172.in-addr.arpa` is asked for 172.17.0.1; undefined when it is not a whole address. */
export function reversedAddress(name: string): string | undefined {
  const address = relativeTo(REVERSE_IPV4, name)?.split('.').reverse().join('.');
  return address !== undefined && parseIpv4(address) !== undefined ? address : undefined;
}

/** Also for parts of an address: `17.172` stands for a subnet, judged by its first address. */
function isPrivateReverse(reverse: string): boolean {
  const octets = reverse.split('.').reverse().slice(0, 4);
  const address = parseIpv4([...octets, '0', '0', '0'].slice(0, 4).join('.'));
  return address !== undefined && PRIVATE_SUBNETS.some((subnet) => contains(subnet, address));
}
