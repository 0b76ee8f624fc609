import { expect, test } from 'vitest';
import { parseEvent } from '../../agent/engine/docker/events.ts';
import { isImageReference, repositoryAndTag } from '../../agent/engine/docker/image.ts';
import { linesOf } from '../../agent/engine/docker/logs.ts';
import { openEngine } from '../../agent/engine/engine.ts';
import { gate } from '../../agent/engine/gate.ts';
import { lanes } from '../../agent/engine/lanes.ts';
import { lineSplitter } from '../../agent/engine/lines.ts';
import { reporter } from '../../agent/engine/reporter.ts';
import type { EngineEvent, ObservedContainer } from '../../protocol/engine.ts';
import { plan } from './beds.ts';
import { gone, isInventory, isPullFailed, isUp, record, startFailed } from './record.ts';

const owner = { mesh: () => 'm', host: 'h' };

test('lines: characters and line ends cut by chunks, unfinished and endless lines', () => {
  const splitter = lineSplitter(10);
  const bytes = Buffer.from('grün\r\n\nlast');
  const cut = bytes.indexOf(Buffer.from('ü')) + 1;
  expect(splitter.push(bytes.subarray(0, cut))).toEqual([]);
  expect(splitter.push(bytes.subarray(cut))).toEqual(['grün', '']);
  expect(splitter.pendingBytes()).toBe(4);
  expect(splitter.end()).toEqual(['last']);
  expect(splitter.end()).toEqual([]);
  expect(splitter.push(Buffer.from('x'.repeat(25)))).toEqual(['x'.repeat(10), 'x'.repeat(10)]);
});

test('frames of a Docker log, however they are cut', async () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const log = Buffer.concat([frame(1, 'one\ntw'), frame(2, 'err\n'), frame(1, 'o\n'), frame(1, 'rest')]);
  for (const size of [1, 3, 8, 1000]) {
    const found = [];
    for await (const { stream, line } of linesOf(chunks(log, size))) found.push(`${stream} ${line}`);
    expect(found).toEqual(['stdout one', 'stderr err', 'stdout two', 'stdout rest']);
  }
});

async function* chunks(data: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

test('events of the engine, and what is none', () => {
  const actor = { ID: 'abc', Attributes: { name: 'web.1' } };
  const health = JSON.stringify({ Action: 'health_status: healthy', Actor: actor });
  expect(parseEvent(health)).toEqual({ action: 'health_status', id: 'abc', name: 'web.1' });
  for (const line of ['', 'null', '{}', '{"Action":"die"}', '{"Action":"die","Actor":{"ID":1}}', 'x']) {
    expect(parseEvent(line)).toBeNull();
  }
});

test('image references', () => {
  expect(repositoryAndTag('web')).toEqual({ fromImage: 'web', tag: 'latest' });
  expect(repositoryAndTag('host:5000/web')).toEqual({ fromImage: 'host:5000/web', tag: 'latest' });
  expect(repositoryAndTag('host:5000/a/web:1.2')).toEqual({ fromImage: 'host:5000/a/web', tag: '1.2' });
  expect(repositoryAndTag('web:1@sha256:ab')).toEqual({ fromImage: 'web:1', tag: 'sha256:ab' });
  for (const bad of ['', '../x', 'a/../b', 'a b', 'a?b', '/web', 'a//b'])
    expect(isImageReference(bad)).toBe(false);
});

test('a gate lets few in, and does not wait for those that stay', async () => {
  const narrow = gate(1, 30);
  const order: string[] = [];
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const stuck = narrow.run(async () => {
    order.push('stuck in');
    await release;
    order.push('stuck out');
  });
  await narrow.run(async () => void order.push('next'));
  resolve();
  await stuck;
  await Promise.all([1, 2].map((n) => narrow.run(async () => void order.push(`${n}`))));
  expect(order).toEqual(['stuck in', 'next', 'stuck out', '1', '2']);
});

test('lanes keep the order of one name only, and a turn may come too late', async () => {
  const byName = lanes();
  const order: string[] = [];
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const first = byName.run('a', () => release);
  await byName.run('b', async () => void order.push('b'));
  expect(await byName.runWithin('a', 20, async () => void order.push('late'))).toBe(false);
  const second = byName.runWithin('a', 5_000, async () => void order.push('a'));
  resolve();
  await first;
  expect(await second).toBe(true);
  await expect(byName.run('a', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await byName.run('a', async () => void order.push('after'));
  expect(order).toEqual(['b', 'a', 'after']);
});

const observed = (name: string, over: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: name,
  name,
  claim: `${name}|1`,
  state: 'running',
  health: 'none',
  ports: [],
  ...over,
});

test('nothing overtakes an inventory, nothing is told twice, and an abandoned one is never told', async () => {
  const told: string[] = [];
  const events = reporter((event) => void told.push(describeEvent(event)));
  const { promise: list, resolve } = Promise.withResolvers<ObservedContainer[]>();
  const first = events.inventory(() => list);
  events.started(observed('new'));
  const second = events.inventory(async () => [observed('old'), observed('new')]);
  expect(told).toEqual([]);
  resolve([observed('old')]);
  await Promise.all([first, second]);
  expect(told).toEqual(['inventory old', 'started new', 'inventory old new']);

  told.length = 0;
  events.changed(observed('old'));
  events.changed(observed('old', { health: 'healthy' }));
  events.vanished('nobody');
  events.gone('new', 'new|0');
  events.vanished('new');
  events.vanished('new');
  expect(told).toEqual(['changed old', 'gone new', 'gone new']);

  told.length = 0;
  const { promise: never, resolve: late } = Promise.withResolvers<ObservedContainer[]>();
  const lost = events.inventory(() => never);
  events.gone('old', 'old|1');
  events.abandonInventory();
  events.tell({ event: 'down', reason: 'x' });
  late([observed('ghost')]);
  await lost;
  expect(told).toEqual(['gone old', 'down']);
});

function describeEvent(event: EngineEvent): string {
  if (event.event === 'inventory')
    return ['inventory', ...event.containers.map(({ name }) => name)].join(' ');
  if ('container' in event) return `${event.event} ${event.container.name}`;
  return 'name' in event ? `${event.event} ${event.name}` : event.event;
}

test('a start that ended before it was told is told as both', () => {
  const told: string[] = [];
  const events = reporter((event) => void told.push(describeEvent(event)));
  events.started(observed('brief', { state: 'exited', exitCode: 0 }));
  events.changed(observed('brief', { state: 'exited', exitCode: 0 }));
  expect(told).toEqual(['started brief', 'changed brief']);
});

test('which URLs name an engine', () => {
  for (const url of [
    'none',
    'process:/tmp/x',
    'unix:///var/run/docker.sock',
    'tcp://[::1]:2375',
    'tcp://box:2375',
  ]) {
    expect(openEngine(url, owner)).toHaveProperty('perform');
  }
  expect(openEngine('process:', owner, { processDir: '/tmp/x' })).toHaveProperty('perform');
  for (const url of ['', 'docker', 'unix://', 'tcp://box', 'tcp://box:x', 'process:']) {
    expect(() => openEngine(url, owner)).toThrow(/^--engine/);
  }
});

test('a host without an engine answers everything', async () => {
  const engine = openEngine('none', owner);
  const seen = record(engine);
  expect((await seen.until('up', isUp)).info).toMatchObject({ kind: 'none', memoryBytes: 0, nanoCpus: 0 });
  expect((await seen.until('inventory', isInventory)).containers).toEqual([]);
  engine.perform({ op: 'start', container: plan('a.1', 'true') });
  expect((await seen.until('failure', startFailed('a.1|1'))).reason).toMatch(/runs no containers/);
  engine.perform({ op: 'pull', image: 'x' });
  await seen.until('failure', isPullFailed);
  engine.perform({ op: 'stop', name: 'a.1', claim: 'a.1|1', graceMs: 0 });
  await seen.until('gone', gone('a.1'));
  await engine.close();
});
