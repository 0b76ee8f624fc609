/** Names outside the mesh: what upstreams are asked, what is believed, and what never leaves. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createForwarder } from '../../agent/dns/forward.ts';
import { frame } from '../../agent/dns/framing.ts';
import { type Dns, startDns } from '../../agent/dns/server.ts';
import { chooseUpstreams } from '../../agent/dns/upstreams.ts';
import { DOMAIN, hosts, question, services } from '../unit/naming/mesh.ts';
import { askTcp, askUdp, startUpstream, type Upstream } from './client.ts';

const at = ({ port }: { port: number }) => ({ address: '127.0.0.1', port });

describe('through the server', () => {
  let upstream: Upstream;
  let dns: Dns;
  let port: number;
  beforeAll(async () => {
    upstream = await startUpstream();
    dns = await startDns({
      listen: [{ address: '127.0.0.1', port: 0 }],
      domain: DOMAIN,
      self: 'h1',
      localSubnets: ['127.0.0.0/8'],
      upstreams: [at(upstream)],
    });
    port = dns.bound[0]!.port;
    dns.update({ serial: 1, services: services.map((one) => [one.id, one]), hosts });
  });
  afterAll(async () => {
    await dns?.close();
    upstream?.close();
  });
  beforeEach(() => upstream.asked.splice(0));

  test('an answer is passed on under the id and in the letters of the asker', async () => {
    const reply = await askUdp(port, question('oK.eXample.com', 'A'));
    expect(reply).toMatchObject({
      id: 4711,
      rcode: 'NOERROR',
      flag_ra: true,
      answers: [{ data: '192.0.2.1' }],
    });
    expect(reply.questions[0]!.name).toBe('oK.eXample.com');
  });

  test('replies under another id or to another question are not believed', async () => {
    expect((await askUdp(port, question('lying.example.com', 'A'))).answers).toMatchObject([
      { data: '192.0.2.1' },
    ]);
  });

  test('a truncated answer is fetched over TCP; whoever cannot take it is told so', async () => {
    const small = await askUdp(port, question('long.example.com', 'A'));
    expect(small).toMatchObject({ flag_tc: true, answers: [] });
    expect(upstream.asked).toEqual(['udp long.example.com', 'tcp long.example.com']);
    const wide = await askUdp(port, question('long.example.com', 'A', { edns: {} }));
    expect(wide).toMatchObject({ flag_tc: false });
    expect(wide.answers).toHaveLength(30);
    const [overTcp] = await askTcp(port, [frame(question('long.example.com', 'A'))], 1);
    expect(overTcp!.answers).toHaveLength(30);
  });

  test('the verdict of the only upstream is passed on', async () => {
    expect((await askUdp(port, question('refused.example.com', 'A'))).rcode).toBe('REFUSED');
    expect(upstream.asked).toHaveLength(1);
  });

  test('a silent upstream ends in SERVFAIL before resolvers give up, our own names unaffected', async () => {
    const startMs = performance.now();
    const outside = askUdp(port, question('silent.example.com', 'A'));
    expect((await askUdp(port, question(`web.${DOMAIN}`, 'A'))).rcode).toBe('NOERROR');
    expect((await outside).rcode).toBe('SERVFAIL');
    expect(performance.now() - startMs).toBeLessThan(4_500);
  });

  test('private names never leave', async () => {
    const names = [
      'foo',
      'other.internal',
      `nope.${DOMAIN}`,
      'localhost',
      'a.localhost',
      'x.invalid',
      'x.test',
      'x.onion',
      'x.local',
      '1.2.168.192.in-addr.arpa',
      '1.0.0.127.in-addr.arpa',
      '1.0.20.172.in-addr.arpa',
      'use-application-dns.net',
      'd.f.ip6.arpa',
      'x.home.arpa',
    ];
    for (const name of names)
      for (const type of ['A', 'AAAA', 'PTR']) await askUdp(port, question(name, type));
    expect(upstream.asked).toEqual([]);
    await askUdp(port, question('8.8.8.8.in-addr.arpa', 'PTR'));
    expect(upstream.asked).toHaveLength(1);
  });
});

describe('the forwarder', () => {
  let open: Upstream[] = [];
  afterEach(() => {
    for (const one of open) one.close();
    open = [];
  });
  const upstream = async () => {
    const one = await startUpstream();
    open.push(one);
    return one;
  };

  test('a refusing and a closed upstream give way to the next at once', async () => {
    const closed = await startUpstream();
    closed.close();
    const good = await upstream();
    const forwarder = createForwarder(() => [at(closed), at(good)]);
    const startMs = performance.now();
    expect(await forwarder.forward(question('ok.example.com', 'A'), '127.0.0.1', 512)).toBeDefined();
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });

  test('one asker cannot have more under way than its share; others still can', async () => {
    const silent = await startUpstream();
    const good = await upstream();
    let current: Upstream = silent;
    const forwarder = createForwarder(() => [at(current)]);
    const asked = question('silent.example.com', 'A');
    const many = Array.from({ length: 128 }, () => forwarder.forward(asked, 'a', 512));
    current = good;
    expect(await forwarder.forward(question('ok.example.com', 'A'), 'a', 512)).toBeUndefined();
    expect(await forwarder.forward(question('ok.example.com', 'A'), 'b', 512)).toBeDefined();
    // a port that is closed refuses the second attempt at once
    silent.close();
    expect(new Set(await Promise.all(many))).toEqual(new Set([undefined]));
    expect(await forwarder.forward(question('ok.example.com', 'A'), 'a', 512)).toBeDefined();
  });

  test('without upstreams it says so', () => {
    expect(createForwarder(() => []).available()).toBe(false);
  });
});

describe('resolv.conf', () => {
  const addresses = (conf: string, resolved = '', own: string[] = []) =>
    chooseUpstreams(conf, resolved, new Set(own)).map(({ address }) => address);
  test('addresses in their order, anything else passed over', () => {
    const text =
      '# nameserver 9.9.9.9\nsearch x\nnameserver 192.0.2.53\n nameserver  fe80::1%eth0 # x\nnameserver nonsense\n';
    expect(addresses(text)).toEqual(['192.0.2.53', 'fe80::1%eth0']);
  });
  test('our own addresses would only bring the question back', () => {
    const text = 'nameserver 169.254.20.10\nnameserver 192.0.2.53\n';
    expect(addresses(text, '', ['169.254.20.10'])).toEqual(['192.0.2.53']);
  });
  test('the stub of systemd-resolved is passed by', () => {
    expect(addresses('nameserver 127.0.0.53\n', 'nameserver 192.0.2.53\n')).toEqual(['192.0.2.53']);
    expect(addresses('nameserver 127.0.0.53\n')).toEqual(['127.0.0.53']);
  });
});
