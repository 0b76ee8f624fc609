/** The small parsers below the keys. */
import { describe, expect, it } from 'vitest';
import { parseBytes, parseNanoCpus } from '../../../cli/compose/amount.ts';
import { familiarImage } from '../../../cli/compose/convert.ts';
import { numberText } from '../../../cli/compose/number.ts';
import { splitWords } from '../../../cli/compose/words.ts';
import { parseMillis, parseNanos } from '../../../cli/duration.ts';
import { nearest } from '../../../cli/nearest.ts';

describe('durations', () => {
  it.each([
    ['10s', 10e9],
    ['1m30s', 90e9],
    ['1.5h', 5400e9],
    ['500ms', 5e8],
    ['2us', 2000],
    ['7ns', 7],
    ['0', 0],
  ])('%s', (text, nanos) => expect(parseNanos(text)).toBe(nanos));
  it.each(['', '10', 's', '1d', '-1s', '1s ', 'x1s', '1s2'])('%j is none', (text) =>
    expect(parseNanos(text)).toBeUndefined(),
  );
  it('of flags may be days', () => expect(parseMillis('2d')).toBe(172_800_000));
});

describe('amounts', () => {
  it.each([
    ['64m', 64 * 1024 ** 2],
    ['1.5g', 1.5 * 1024 ** 3],
    ['512KiB', 512 * 1024],
    ['1GB', 1024 ** 3],
    ['100', 100],
    ['7b', 7],
  ])('%s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));
  it.each(['', 'm', '-1m', '1x', '1 m m', '99999p'])('%j is none', (text) =>
    expect(parseBytes(text)).toBeUndefined(),
  );
  it.each([
    ['0.5', 5e8],
    ['2', 2e9],
    ['.25', 25e7],
    ['0.000000001', 1],
  ])('%s cores', (text, nanos) => expect(parseNanoCpus(text)).toBe(nanos));
  it.each(['', '.', '1,5', '-1', '0.0000000001'])('%j cores are none', (text) =>
    expect(parseNanoCpus(text)).toBeUndefined(),
  );
});

describe('numbers as Docker prints them', () => {
  it.each([
    ['1.10', '1.1'],
    ['0755', '493'],
    ['08', '8'],
    ['0x1F', '31'],
    ['0b11', '3'],
    ['-0x10', '-16'],
    ['+5', '5'],
    ['1e5', '100000'],
    ['1e6', '1e+06'],
    ['0.00001', '1e-05'],
    ['12345678901234567890', '12345678901234567890'],
  ])('%s', (text, printed) => expect(numberText(text)).toBe(printed));
  it.each(['', 'a', '1:30', '2001-01-01', '1.2.3', '.', '_1', 'e5'])('%j is none', (text) =>
    expect(numberText(text)).toBeUndefined(),
  );
});

describe('words', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['  a  b ', ['a', 'b']],
    [`sh -c "echo 'x y'"`, ['sh', '-c', `echo 'x y'`]],
    [`'a\\b' "c\\"d" e\\ f`, ['a\\b', 'c"d', 'e f']],
    ['a"b"c\'d\'', ['abcd']],
    ['""', ['']],
    ['a # b\nc#d', ['a', 'c#d']],
  ])('%j', (text, words) => expect(splitWords(text)).toEqual(words));
  it.each(['"a', "it's", 'a\\'])('%j is broken', (text) => expect(() => splitWords(text)).toThrow());
});

describe('images', () => {
  it.each([
    ['nginx', 'nginx:latest'],
    ['library/nginx:1', 'nginx:1'],
    ['docker.io/library/nginx', 'nginx:latest'],
    ['docker.io/me/app', 'me/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['r.example/library/app:2', 'r.example/library/app:2'],
    [`app@sha256:${'a'.repeat(64)}`, `app@sha256:${'a'.repeat(64)}`],
    [`sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`],
  ])('%s', (written, familiar) => expect(familiarImage(written)).toBe(familiar));
});

describe('the nearest name', () => {
  it.each([
    ['depoly', 'deploy'],
    ['pss', 'ps'],
    ['web', 'shop_web'],
    ['frobnicate', undefined],
    ['x', undefined],
  ])('%s -> %s', (word, name) => expect(nearest(word, ['deploy', 'ps', 'shop_web', 'logs'])).toBe(name));
});
