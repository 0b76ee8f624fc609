/** Names and addresses: text, bytes, and the ways to mistake one for another. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeName, lowerCase, readName, relativeTo, skipName } from '../../../protocol/naming/name.ts';
import { contains, parseIpv4, parseSubnet } from '../../../protocol/naming/subnet.ts';
import { mesh, send } from './mesh.ts';

const byte = fc.integer({ min: 1, max: 255 }).filter((code) => code !== 0x2e);
const label = fc.array(byte, { minLength: 1, maxLength: 63 }).map((codes) => String.fromCharCode(...codes));
const names = fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.'));

test('what is written is read back, in lower case', () => {
  fc.assert(
    fc.property(names, (name) => {
      const wire = encodeName(name);
      if (wire === undefined) expect(name.length).toBeGreaterThan(253);
      else {
        expect(readName(wire, 0)).toEqual({ name: lowerCase(name), end: wire.length });
        expect(skipName(wire, 0)).toBe(wire.length);
      }
    }),
  );
});

test.each([
  'a..b',
  '.',
  'a.',
  '.a',
  `${'x'.repeat(64)}.a`,
  `a.${'x'.repeat(64)}`,
  `${'x.'.repeat(127)}xx`,
  'a\u0100',
])('%j is no name', (text) => {
  expect(encodeName(text)).toBeUndefined();
});

test('a dot inside a label does not pass for two labels', () => {
  const name = Buffer.concat([
    Buffer.from('\x08web.shop\x05shoal\x08internal'),
    Buffer.from([0, 0, 1, 0, 1]),
  ]);
  const packet = Buffer.concat([Buffer.from('126701000001000000000000', 'hex'), name]);
  const { bytes } = send(mesh(), packet);
  expect(bytes[3]! & 0x0f).toBe(3);
});

test('relativeTo cuts at labels only', () => {
  expect(relativeTo('shoal.internal', 'web.shoal.internal')).toBe('web');
  expect(relativeTo('shoal.internal', 'shoal.internal')).toBe('');
  expect(relativeTo('shoal.internal', 'notshoal.internal')).toBeUndefined();
  expect(relativeTo('shoal.internal', '.shoal.internal')).toBeUndefined();
});

test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1..2.3', 'a.b.c.d', '1.2.3.4 ', '::1', '-1.2.3.4'])(
  '%j is no IPv4 address',
  (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  },
);

test.each([
  ['172.17.0.0/16', '172.17.255.255', true],
  ['172.17.0.0/16', '172.18.0.0', false],
  ['10.0.0.1', '10.0.0.1', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['255.255.255.255/32', '255.255.255.254', false],
])('%s holds %s: %s', (subnet, address, held) => {
  expect(contains(parseSubnet(subnet)!, parseIpv4(address)!)).toBe(held);
});
