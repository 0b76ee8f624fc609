/** The rules of the protocol around an answer: flags, sizes, result codes, and what is never said. */
import { describe, expect, test } from 'vitest';
import { answer } from '../../../protocol/naming/answer.ts';
import { createRandom, nextBelow, nextFraction } from '../../../protocol/random.ts';
import { ask, DOMAIN, HERE, mesh, NEIGHBOUR, question, STRANGER, send } from './mesh.ts';

const zone = mesh();
const WEB = `web.shop.${DOMAIN}`;
const BIG = `big.${DOMAIN}`;
const opt = (reply: ReturnType<typeof ask>) => reply.additionals.find(({ type }) => type === 'OPT');

describe('flags', () => {
  test('authoritative, recursion wish and checking disabled copied, the rest cleared', () => {
    const reply = ask(zone, WEB, 'A', { flags: 0x0100 | 0x0010 | 0x0020 | 0x0040 });
    expect(reply).toMatchObject({
      flag_aa: true,
      flag_rd: true,
      flag_cd: true,
      flag_ad: false,
      flag_ra: true,
    });
    expect(reply.flags & 0x0040).toBe(0);
    expect(ask(zone, WEB, 'A', { flags: 0 }).flag_rd).toBe(false);
  });

  test('recursion is offered to the mesh only', () => {
    expect(ask(zone, WEB, 'A', { asker: NEIGHBOUR }).flag_ra).toBe(true);
    expect(ask(zone, WEB, 'A', { asker: STRANGER }).flag_ra).toBe(false);
  });

  test('the letters of the question are kept, in the owner too', () => {
    const reply = ask(zone, 'wEb.ShOp.sHoAl.InTeRnAl', 'A');
    expect(reply.questions[0]!.name).toBe('wEb.ShOp.sHoAl.InTeRnAl');
    expect(reply.answers[0]!.name).toBe('wEb.ShOp.sHoAl.InTeRnAl');
  });
});

describe('what is not an ordinary question', () => {
  const codes: [what: string, packet: Buffer, rcode: string][] = [
    ['opcode STATUS', question(WEB, 'A', { flags: 2 << 11 }), 'NOTIMP'],
    ['UPDATE', question(DOMAIN, 'SOA', { flags: 5 << 11 }), 'NOTIMP'],
    ['class CH', question('version.bind', 'TXT', { class: 'CH' }), 'REFUSED'],
    ['class ANY', question(WEB, 'A', { class: 'ANY' }), 'REFUSED'],
    ['AXFR', question(DOMAIN, 'AXFR'), 'REFUSED'],
    ['IXFR', question(DOMAIN, 'IXFR'), 'REFUSED'],
    ['no question', Buffer.from('126701000000000000000000', 'hex'), 'FORMERR'],
    ['trailing bytes', Buffer.concat([question(WEB, 'A'), Buffer.from([0])]), 'FORMERR'],
    ['two questions', twoQuestions(), 'FORMERR'],
    ['a pointer in the question', Buffer.from('126701000001000000000000c00c00010001', 'hex'), 'FORMERR'],
  ];
  test.each(codes)('%s', (_what, packet, rcode) => {
    const { reply, verdict } = send(zone, packet);
    expect(reply).toMatchObject({ rcode, answers: [] });
    expect(verdict).toBe('reply');
  });

  test.each([
    ['a response', Buffer.from('126781000001000000000000', 'hex')],
    ['less than a header', Buffer.from('1267010000', 'hex')],
  ])('%s is met with silence', (_what, packet) => {
    expect(send(zone, packet)).toMatchObject({ verdict: 'drop', length: 0 });
  });

  function twoQuestions(): Buffer {
    const one = question(WEB, 'A');
    const two = Buffer.concat([one, one.subarray(12)]);
    two.writeUInt16BE(2, 4);
    return two;
  }

  test('ANY is answered with next to nothing (RFC 8482)', () => {
    expect(ask(zone, WEB, 'ANY').answers).toMatchObject([{ type: 'HINFO' }]);
    expect(ask(zone, `shop.${DOMAIN}`, 'ANY').answers).toEqual([]);
  });
});

describe('names outside', () => {
  test('forwarded for the mesh, with a refusal at hand', () => {
    const { verdict, reply } = send(zone, question('www.example.com', 'A'));
    expect(verdict).toBe('forward');
    expect(reply).toMatchObject({ rcode: 'REFUSED', flag_aa: false, answers: [], authorities: [] });
  });
  test('refused to strangers, without the wish for recursion, and without upstreams', () => {
    expect(send(zone, question('www.example.com', 'A'), { asker: STRANGER }).verdict).toBe('reply');
    expect(send(zone, question('www.example.com', 'A', { flags: 0 })).verdict).toBe('reply');
    expect(send({ ...zone, recursive: false }, question('www.example.com', 'A')).verdict).toBe('reply');
  });
});

describe('EDNS', () => {
  test('no OPT for those who sent none', () => {
    expect(opt(ask(zone, WEB, 'A'))).toBeUndefined();
  });
  test('version 0, our size, DO copied, unknown options not echoed', () => {
    const edns = { flags: 0x8080, options: [{ code: 65_001, data: Buffer.from([0]) }] };
    expect(opt(ask(zone, WEB, 'A', { edns }))).toMatchObject({
      udpPayloadSize: 1232,
      ednsVersion: 0,
      flag_do: true,
      options: [],
    });
  });
  test('version 1 is BADVERS', () => {
    const reply = ask(zone, WEB, 'A', { edns: { ednsVersion: 1 } });
    expect(reply.answers).toEqual([]);
    expect(reply.flags & 0x0f).toBe(0);
    expect(opt(reply)).toMatchObject({ extendedRcode: 1, ednsVersion: 0 });
  });
});

describe('sizes', () => {
  const sizes: [edns: object | undefined, limit: number, whole: boolean][] = [
    [undefined, 512, false],
    [{ udpPayloadSize: 100 }, 512, false],
    [{ udpPayloadSize: 1000 }, 1000, false],
    [{ udpPayloadSize: 4096 }, 1232, false],
  ];
  test.each(sizes)('UDP with %o: at most %i bytes', (edns, limit) => {
    const sent = send(zone, question(BIG, 'A', edns && { edns }));
    expect(sent.limit).toBe(limit);
    expect(sent.length).toBeLessThanOrEqual(limit);
    expect(sent.length).toBeGreaterThan(limit - 16);
    expect(sent.reply!.flag_tc).toBe(true);
  });
  test('TCP: everything', () => {
    const reply = ask(zone, BIG, 'A', { transport: 'tcp' });
    expect(reply.flag_tc).toBe(false);
    expect(new Set(reply.answers.map(({ data }) => data)).size).toBe(90);
  });
  test('addresses of SRV targets go first, without the flag', () => {
    const name = `_http._tcp.web.shop.${DOMAIN}`;
    const reply = ask(zone, name, 'SRV');
    expect(reply.additionals.map(({ name, data }) => `${name} ${data}`).sort()).toEqual([
      `1.web.shop.${DOMAIN} 172.17.0.2`,
      `2.web.shop.${DOMAIN} 10.0.0.2`,
    ]);
    const crowded = ask(zone, `_http._tcp.big.${DOMAIN}`, 'SRV', { edns: {} });
    expect(crowded).toMatchObject({ flag_tc: true, additionals: [{ type: 'OPT' }] });
  });
  test('a buffer under 512 bytes is left alone', () => {
    expect(answer(question(WEB, 'A'), 'udp', HERE, zone, 0, new Uint8Array(511))).toMatchObject({
      verdict: 'drop',
      length: 0,
    });
  });
});

test('every record lives one second, negative answers too', () => {
  expect(ask(zone, WEB, 'A').answers.map(({ ttl }) => ttl)).toEqual([1, 1]);
  expect(ask(zone, `nope.${DOMAIN}`, 'A').authorities).toMatchObject([
    {
      name: DOMAIN,
      type: 'SOA',
      ttl: 1,
      data: { mname: `ns.${DOMAIN}`, rname: `hostmaster.${DOMAIN}`, serial: 7, minimum: 1 },
    },
  ]);
});

describe('rotation', () => {
  const random = createRandom(1);
  test('the first answer is uniform, the set stays the same', () => {
    const firsts = new Map<unknown, number>();
    const rounds = 9_000;
    for (let i = 0; i < rounds; i++) {
      const { answers } = ask(zone, BIG, 'A', { transport: 'tcp', rotation: nextBelow(random, 2 ** 32) });
      expect(answers).toHaveLength(90);
      firsts.set(answers[0]!.data, (firsts.get(answers[0]!.data) ?? 0) + 1);
    }
    const expected = rounds / 90;
    const chiSquare = [...firsts.values()].reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    expect(firsts.size).toBe(90);
    // 99.9th percentile at 89 degrees of freedom
    expect(chiSquare).toBeLessThan(135.98);
  });
  test("tasks on the asker's own host come first", () => {
    for (let i = 0; i < 20; i++)
      expect(ask(zone, WEB, 'A', { rotation: Math.floor(nextFraction(random) * 1e9) }).answers[0]!.data).toBe(
        '172.17.0.2',
      );
  });
});
