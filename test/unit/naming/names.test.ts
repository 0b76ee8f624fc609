/** Which name gets which answer: one row each. */
import { describe, expect, test } from 'vitest';
import { explain } from '../../../protocol/naming/lookup.ts';
import { applyDelta, createZone } from '../../../protocol/naming/zone.ts';
import { BLOG, brief, DOMAIN, HERE, hosts, mesh, NEIGHBOUR, SHOP, STRANGER, service, task } from './mesh.ts';

const zone = mesh();
const NODATA = 'NOERROR SOA';
const NXDOMAIN = 'NXDOMAIN SOA';

const rows: [name: string, type: string, asker: string, want: string][] = [
  // services: container address on the asker's own host, host address elsewhere, no suspect or masked task
  ['web.shop', 'A', HERE, 'NOERROR 10.0.0.2 172.17.0.2'],
  ['web.shop', 'A', NEIGHBOUR, 'NOERROR 10.0.0.1 10.0.0.2'],
  ['web.shop', 'A', STRANGER, 'NOERROR 10.0.0.1 10.0.0.2'],
  ['WEB.Shop', 'A', HERE, 'NOERROR 10.0.0.2 172.17.0.2'],
  ['shop_web', 'A', HERE, 'NOERROR 10.0.0.2 172.17.0.2'],
  ['web', 'A', HERE, 'NOERROR 10.0.0.2 172.17.0.2'],
  ['tasks.web', 'A', HERE, 'NOERROR 10.0.0.2 172.17.0.2'],
  ['tasks.web.shop', 'A', NEIGHBOUR, 'NOERROR 10.0.0.1 10.0.0.2'],
  // a suspect that is the only one stays
  ['cron', 'A', HERE, 'NOERROR 10.0.0.2'],
  // single tasks
  ['1.web.shop', 'A', HERE, 'NOERROR 172.17.0.2'],
  ['1.web', 'A', NEIGHBOUR, 'NOERROR 10.0.0.1'],
  ['3.web.shop', 'A', HERE, 'NOERROR 10.0.0.9'],
  ['4.web.shop', 'A', HERE, NODATA],
  ['5.web.shop', 'A', HERE, NXDOMAIN],
  ['beta.probe', 'A', HERE, 'NOERROR 10.0.0.2'],
  ['alpha.probe', 'A', HERE, 'NOERROR 172.17.0.5'],
  // a bare name of two stacks
  ['db', 'A', HERE, NODATA],
  ['db', 'A', SHOP, 'NOERROR 10.0.0.2'],
  ['db', 'A', BLOG, 'NOERROR 172.17.0.4'],
  ['tasks.db', 'A', BLOG, 'NOERROR 172.17.0.4'],
  ['1.db', 'A', HERE, NODATA],
  ['db.blog', 'A', HERE, 'NOERROR 172.17.0.4'],
  // ports
  [
    '_http._tcp.web.shop',
    'SRV',
    HERE,
    'NOERROR 30002:2.web.shop.shoal.internal 80:1.web.shop.shoal.internal',
  ],
  [
    '_http._tcp.web',
    'SRV',
    NEIGHBOUR,
    'NOERROR 30001:1.web.shop.shoal.internal 30002:2.web.shop.shoal.internal',
  ],
  [
    '_80._tcp.shop_web',
    'SRV',
    STRANGER,
    'NOERROR 30001:1.web.shop.shoal.internal 30002:2.web.shop.shoal.internal',
  ],
  ['_53._udp.udp', 'SRV', HERE, 'NOERROR 5353:2.udp.shoal.internal'],
  ['_http._tcp.db', 'SRV', HERE, NODATA],
  ['_http._tcp.db', 'SRV', SHOP, 'NOERROR 30001:1.db.shop.shoal.internal'],
  ['_http._udp.web', 'SRV', HERE, NXDOMAIN],
  ['_ftp._tcp.web', 'SRV', HERE, NXDOMAIN],
  ['_http._tcp.web', 'A', HERE, NODATA],
  // names that exist and hold nothing
  ['web.shop', 'AAAA', HERE, NODATA],
  ['web.shop', 'DS', HERE, NODATA],
  ['web.shop', 'SRV', HERE, NODATA],
  ['shop', 'A', HERE, NODATA],
  ['tasks', 'A', HERE, NODATA],
  ['hosts', 'A', HERE, NODATA],
  ['_tcp.web.shop', 'A', HERE, NODATA],
  ['idle.shop', 'A', HERE, NODATA],
  ['_http._tcp.idle', 'SRV', HERE, NODATA],
  ['_tcp.idle', 'SRV', HERE, NODATA],
  // names that do not exist
  ['nope', 'A', HERE, NXDOMAIN],
  ['nope.shop', 'AAAA', HERE, NXDOMAIN],
  ['x.1.web.shop', 'A', HERE, NXDOMAIN],
  ['*', 'A', HERE, NXDOMAIN],
  ['www.example.com.web', 'A', HERE, NXDOMAIN],
  // reserved labels name no service
  ['hosts.shop', 'A', HERE, NXDOMAIN],
  ['shop_hosts', 'A', HERE, 'NOERROR 10.0.0.2'],
  ['42', 'A', HERE, NXDOMAIN],
  // hosts and the zone itself
  ['alpha.hosts', 'A', HERE, 'NOERROR 10.0.0.1'],
  ['beta.hosts', 'A', STRANGER, 'NOERROR 10.0.0.2'],
  ['gone.hosts', 'A', HERE, NODATA],
  ['ns', 'A', HERE, 'NOERROR 10.0.0.1'],
];

test.each(rows)('%s %s from %s', (name, type, asker, want) => {
  expect(brief(zone, `${name}.${DOMAIN}`, type, { asker })).toBe(want);
});

const outside: [name: string, type: string, want: string][] = [
  [DOMAIN, 'NS', 'NOERROR ns.shoal.internal'],
  [DOMAIN, 'A', NODATA],
  ['internal', 'A', 'NOERROR'],
  ['localhost', 'A', 'NOERROR 127.0.0.1'],
  ['a.localhost', 'AAAA', 'NOERROR ::1'],
  ['2.0.0.10.in-addr.arpa', 'PTR', 'NOERROR beta.hosts.shoal.internal'],
  ['2.0.17.172.in-addr.arpa', 'PTR', 'NOERROR 1.web.shop.shoal.internal'],
  ['9.9.17.172.in-addr.arpa', 'PTR', 'NXDOMAIN'],
  ['17.172.in-addr.arpa', 'NS', 'NXDOMAIN'],
  ['web', 'A', 'NXDOMAIN'],
  ['other.internal', 'A', 'NXDOMAIN'],
  ['printer.local', 'A', 'NXDOMAIN'],
  ['x.onion', 'A', 'NXDOMAIN'],
  ['use-application-dns.net', 'A', 'NXDOMAIN'],
  ['notshoal.internal', 'A', 'NXDOMAIN'],
];

test.each(outside)('beyond the zone: %s %s', (name, type, want) => {
  expect(brief(zone, name, type)).toBe(want);
});

describe('rule N1: before the first view', () => {
  const empty = createZone(DOMAIN, 'h1', ['127.0.0.0/8']);
  test.each([`web.${DOMAIN}`, DOMAIN, '2.0.0.10.in-addr.arpa'])('%s gets SERVFAIL', (name) => {
    expect(brief(empty, name, 'A')).toBe('SERVFAIL');
  });
});

describe('news', () => {
  test('a death, a return and a removal change the answers at once', () => {
    const changing = mesh();
    const web = () => brief(changing, `web.${DOMAIN}`, 'A');
    const update = (tasks: ReturnType<typeof task>[] | null) =>
      applyDelta(changing, { serial: 8, services: [['01', tasks && service('01', 'web', 'shop', tasks)]] });
    update([task('2', hosts[1]!)]);
    expect(web()).toBe('NOERROR 10.0.0.2');
    update([]);
    expect(web()).toBe(NODATA);
    update(null);
    expect(web()).toBe(NXDOMAIN);
  });

  test('rule V4: a masked host takes all its endpoints with it, whatever its services still say', () => {
    const changing = mesh();
    expect(brief(changing, `web.${DOMAIN}`, 'A')).toContain('10.0.0.2');
    const masked = hosts.map((host) => ({ ...host, alive: host.id === 'h1' }));
    applyDelta(changing, { serial: 8, services: [], hosts: masked });
    expect(brief(changing, `web.${DOMAIN}`, 'A')).toBe('NOERROR 172.17.0.2');
    expect(brief(changing, `db.shop.${DOMAIN}`, 'A')).toBe(NODATA);
  });

  test('a stack moves a service: old names go', () => {
    const changing = mesh();
    applyDelta(changing, {
      serial: 8,
      services: [['03', service('03', 'db', 'store', [task('1', hosts[1]!)])]],
    });
    expect(brief(changing, `db.shop.${DOMAIN}`, 'A')).toBe(NXDOMAIN);
    expect(brief(changing, `db.store.${DOMAIN}`, 'A')).toBe('NOERROR 10.0.0.2');
  });

  test('names that cannot be names are passed over', () => {
    const changing = mesh();
    const long = 'x'.repeat(64);
    applyDelta(changing, {
      serial: 8,
      services: [['99', service('99', long, 'shop', [task('1', hosts[1]!)])]],
    });
    applyDelta(changing, { serial: 9, services: [['99', null]] });
    expect(brief(changing, `web.${DOMAIN}`, 'A')).toMatch(/^NOERROR/);
  });
});

describe('explain', () => {
  test('takes short and full names, and says what an asker elsewhere would get', () => {
    const here = explain(zone, 'web', 'a', HERE);
    expect(here).toEqual({
      name: 'web.shoal.internal',
      type: 'A',
      status: 'NOERROR',
      answers: [
        { name: 'web.shoal.internal', type: 'A', ttl: 1, data: '172.17.0.2' },
        { name: 'web.shoal.internal', type: 'A', ttl: 1, data: '10.0.0.2' },
      ],
    });
    expect(explain(zone, 'Web.Shop.shoal.internal', 'A', STRANGER).answers.map(({ data }) => data)).toEqual([
      '10.0.0.1',
      '10.0.0.2',
    ]);
    expect(explain(zone, 'nope', 'A', HERE).status).toBe('NXDOMAIN');
    expect(explain(createZone(DOMAIN, 'h1'), 'web', 'A', HERE).status).toBe('SERVFAIL');
    expect(explain(zone, DOMAIN, 'ANY', HERE).answers.map(({ type }) => type)).toEqual(['NS', 'SOA']);
  });
});

test('a domain that is no name is refused in words', () => {
  expect(() => createZone('a..b', 'h1')).toThrow(/"a\.\.b" is no domain name/);
});
