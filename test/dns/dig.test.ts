/** The server as dig sees it: one row for each behaviour that resolvers depend on. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Dns, startDns } from '../../agent/dns/server.ts';
import { DOMAIN, hosts, question, services } from '../unit/naming/mesh.ts';
import { askUdp, dig, digMissing } from './client.ts';

const WEB = `web.shop.${DOMAIN}`;
const SRV = `_http._tcp.${WEB}`;

const rows: [words: string, ...patterns: RegExp[]][] = [
  [
    WEB,
    /status: NOERROR/,
    /flags: qr aa rd;/,
    /ANSWER: 2,/,
    new RegExp(`${WEB}\\.\\s+1\\s+IN\\s+A\\s+172\\.17\\.0\\.2`),
  ],
  [`${WEB} AAAA`, /status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/, /shoal\.internal\.\s+1\s+IN\s+SOA/],
  [`${WEB} TYPE65280`, /status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/],
  [`nope.${DOMAIN}`, /status: NXDOMAIN/, /AUTHORITY: 1/, /1\s+IN\s+SOA/],
  [`_tcp.${WEB}`, /status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/],
  [`tasks.${DOMAIN}`, /status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/],
  [`idle.shop.${DOMAIN}`, /status: NOERROR/, /ANSWER: 0, AUTHORITY: 1/],
  [
    `wEb.ShOp.sHoAl.InTeRnAl +noall +question +answer`,
    /;wEb\.ShOp\.sHoAl\.InTeRnAl/,
    /\nwEb\.ShOp\.sHoAl\.InTeRnAl/,
  ],
  [`${WEB} +edns=1 +noednsneg`, /status: BADVERS/, /EDNS: version: 0/, /ANSWER: 0/],
  [`${WEB} +ednsopt=65001:00 +ednsflags=0x80`, /status: NOERROR/, /EDNS: version: 0, flags:; udp: 1232/],
  [`${WEB} +dnssec`, /EDNS: version: 0, flags: do;/, /ANSWER: 2/],
  [`${WEB} +noedns`, /ADDITIONAL: 0/],
  [`big.${DOMAIN} +noedns +ignore`, /flags: qr aa tc/, /MSG SIZE {2}rcvd: (49\d|50\d|51[0-2])\n/],
  [`big.${DOMAIN} +bufsize=1232 +ignore`, /flags: qr aa tc/, /MSG SIZE {2}rcvd: 12[23]\d\n/],
  [`big.${DOMAIN} +tcp`, /flags: qr aa rd;/, /ANSWER: 90,/],
  [
    `${SRV} SRV`,
    /0 1 80 1\.web\.shop\.shoal\.internal/,
    /0 1 30002 2\.web/,
    /ADDITIONAL: 3/,
    /1\.web.*\sA\s+172\.17\.0\.2/,
  ],
  [`${WEB} ANY +notcp`, /HINFO\s+"RFC8482"/],
  [`${DOMAIN} AXFR`, /Transfer failed/],
  [`${DOMAIN} IXFR=1 +tcp`, /Transfer failed/],
  [`${WEB} +opcode=STATUS`, /status: NOTIMP/],
  [`${WEB} +opcode=UPDATE`, /status: (NOTIMP|FORMERR)/],
  [`${WEB} +opcode=NOTIFY`, /status: NOTIMP/],
  [`+header-only`, /status: FORMERR/],
  [`version.bind TXT -c CH`, /status: REFUSED/],
  [`www.example.com`, /status: REFUSED/, /flags: qr rd;/, /AUTHORITY: 0/],
  [`${WEB} +norecurse`, /flags: qr aa;/],
  [`${WEB} +cdflag +adflag`, /flags: qr aa rd cd;/],
  [`${DOMAIN} SOA`, /IN\s+SOA\s+ns\.shoal\.internal\. hostmaster\.shoal\.internal\. 7 /],
  [`${DOMAIN} NS`, /NS\s+ns\.shoal\.internal/, /ns\.shoal\.internal\.\s+1\s+IN\s+A\s+10\.0\.0\.1/],
  [`-x 172.17.0.2`, /PTR\s+1\.web\.shop\.shoal\.internal/],
  [`*.${DOMAIN}`, /status: NXDOMAIN/],
];

describe.skipIf(digMissing)('dig (skipped where dig is not installed)', () => {
  let dns: Dns;
  let port: number;
  beforeAll(async () => {
    const listen = [{ address: '127.0.0.1', port: 0 }];
    dns = await startDns({
      listen,
      domain: DOMAIN,
      self: 'h1',
      localSubnets: ['127.0.0.0/8'],
      upstreams: [],
    });
    port = dns.bound[0]!.port;
    expect(await dig(port, WEB)).toMatch(/status: SERVFAIL/);
    dns.update({ serial: 7, services: services.map((one) => [one.id, one]), hosts });
    await vi.waitFor(async () => expect((await askUdp(port, question(WEB, 'A'))).rcode).toBe('NOERROR'));
  });
  afterAll(() => dns?.close());

  test.each(rows)('%s', async (words, ...patterns) => {
    const said = await dig(port, words);
    for (const pattern of patterns) expect(said).toMatch(pattern);
  });
});
