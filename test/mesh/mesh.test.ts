import { connect, createServer } from 'node:net';
import type { Libp2p } from '@libp2p/interface';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { toMultiaddr } from '../../agent/mesh/address.ts';
import { frame } from '../../agent/mesh/frame-stream.ts';
import { createGossip, FLOOD_TOPIC } from '../../agent/mesh/gossip.ts';
import { CALL_PROTOCOL } from '../../agent/mesh/mesh.ts';
import { createNode } from '../../agent/mesh/node.ts';
import { FRAMES_PROTOCOL } from '../../agent/mesh/outbox.ts';
import { probeTcp } from '../../agent/mesh/probe.ts';
import { generateKeys } from '../../agent/trust/node-crypto.ts';
import {
  bytesOf,
  cable,
  closeAll,
  floodStands,
  fullMesh,
  link,
  newParty,
  newRoot,
  startNode,
  stop,
  type TestNode,
  until,
} from './nodes.ts';

afterEach(closeAll);
vi.setConfig({ testTimeout: 20_000 });

const count = (texts: string[], prefix: string): number =>
  texts.filter((text) => text.startsWith(prefix)).length;

async function startNodes(size: number, root = newRoot()): Promise<TestNode[]> {
  return Promise.all(Array.from({ length: size }, () => startNode(root)));
}

describe('five neighbours', () => {
  test('every flood reaches each of them exactly once', async () => {
    const nodes = await startNodes(5);
    fullMesh(nodes);
    await floodStands(nodes);
    const each = 20;
    for (let i = 0; i < each; i++) {
      nodes.forEach((node, at) => {
        node.mesh.broadcast(bytesOf(`news ${at} ${i}`));
      });
    }
    await until('all floods', () => nodes.every((node) => count(node.floods, 'news') >= 4 * each));
    // A copy that came late would be heard before this marker, which takes the same paths after it.
    await floodStands(nodes);
    for (const node of nodes) {
      expect(new Set(node.floods).size).toBe(node.floods.length);
      expect(count(node.floods, 'news')).toBe(4 * each);
    }
    for (const node of nodes) expect([node.up.length, node.down]).toEqual([4, []]);
  });

  test('messages to one host arrive in order, large and small', async () => {
    const [a, b] = await startNodes(2);
    fullMesh([a!, b!]);
    const messages = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i % 20 === 0 ? 200_000 : i)}`);
    for (const text of messages) a!.mesh.send(b!.host, bytesOf(text));
    await until('all messages', () => b!.frames.length === messages.length);
    expect(b!.frames.map(({ text }) => text)).toEqual(messages);
    expect(new Set(b!.frames.map(({ from }) => from))).toEqual(new Set([a!.host]));
  });

  test('a host that restarts is linked again and hears the flood', async () => {
    const root = newRoot();
    const nodes = await startNodes(5, root);
    fullMesh(nodes);
    await floodStands(nodes);
    const [lost] = nodes.splice(2, 1);
    const port = lost!.mesh.address.port;
    await stop(lost!);
    await until('its end is seen', () => nodes.every((node) => node.down.includes(lost!.host)));
    const back = await startNode(root, { party: lost!.party, port });
    await until('all link again', () => back.up.length === 4);
    fullMesh([...nodes, back]);
    await floodStands([...nodes, back]);
  });
});

describe('strangers', () => {
  test('a host of another mesh fails in the handshake', async () => {
    const [a] = await startNodes(1);
    const stranger = await startNode(newRoot());
    await expect(stranger.mesh.dial('127.0.0.1', a!.mesh.address.port)).rejects.toThrow(
      /no agent of this mesh/,
    );
    expect([...a!.up, ...stranger.up]).toEqual([]);
  });

  test.each([
    ['a chain of its own making', () => newRoot()],
    ['no chain', () => undefined],
  ])('a host with %s gets no gossip and its connections end', async (_, forger) => {
    const root = newRoot();
    const nodes = await startNodes(3, root);
    fullMesh(nodes);
    await floodStands(nodes);
    const forgery = forger();
    const party = newParty(forgery ?? root);
    const stranger = await startNode(root, { party, chain: forgery ? party.chain : [] });
    stranger.mesh.setLinks(nodes.map((node) => node.target()));
    for (const node of nodes) {
      await expect(stranger.mesh.dial('127.0.0.1', node.mesh.address.port)).rejects.toThrow(
        /refused this host/,
      );
    }
    nodes[0]!.mesh.broadcast(bytesOf('members only'));
    stranger.mesh.broadcast(bytesOf('poison'));
    await floodStands(nodes);
    expect(nodes.map((node) => count(node.floods, 'members only'))).toEqual([0, 1, 1]);
    expect(nodes.map((node) => count(node.floods, 'poison'))).toEqual([0, 0, 0]);
    expect([stranger.floods, stranger.frames, stranger.up]).toEqual([[], [], []]);
    for (const node of nodes) expect(node.up).not.toContain(stranger.host);
  });

  test('a member with another’s chain and a revoked member are refused', async () => {
    const root = newRoot();
    const victim = newParty(root);
    const a = await startNode(root, { revoked: (serials) => serials.includes(victim.chain[0]!.serial) });
    const thief = await startNode(root, { chain: victim.chain });
    await expect(thief.mesh.dial('127.0.0.1', a.mesh.address.port)).rejects.toThrow(/belongs to another key/);
    const banned = await startNode(root, { party: victim });
    await expect(banned.mesh.dial('127.0.0.1', a.mesh.address.port)).rejects.toThrow(/was revoked/);
    expect(a.up).toEqual([]);
  });

  test('who greets nobody is cut off, whatever else it says', async () => {
    const root = newRoot();
    const nodes = await startNodes(2, root);
    fullMesh(nodes);
    await floodStands(nodes);
    const port = nodes[0]!.mesh.address.port;
    const mute = connect(port, '127.0.0.1');
    const muteEnd = new Promise((resolve) => mute.on('error', resolve).on('close', resolve));
    const intruder = await createIntruder(root.mesh);
    const connection = await intruder.dial(toMultiaddr('127.0.0.1', port));
    const cut = new Promise((resolve) => connection.addEventListener('close', resolve));
    const gossip = await connection.newStream(['/meshsub/1.2.0']);
    gossip.send(gossipRpc(FLOOD_TOPIC, 'poison'));
    const frames = await connection.newStream([FRAMES_PROTOCOL]);
    frames.send(frame(bytesOf('poison')));
    const calls = await connection.newStream([CALL_PROTOCOL]);
    calls.send(frame(bytesOf('poison')));
    await Promise.all([cut, muteEnd]);
    await intruder.stop();
    await floodStands(nodes);
    for (const node of nodes) expect([node.floods, node.frames, node.calls]).toEqual([[], [], []]);
  });
});

/** Passes the handshake, since a mesh's id is no secret, and knows nothing of certificates. */
async function createIntruder(mesh: string): Promise<Libp2p> {
  const { seed } = generateKeys('ed25519');
  const gossip = createGossip(() => Promise.reject(new Error('not here')));
  const node = await createNode({ seed, mesh, listen: { address: '127.0.0.1', port: 0 }, gossip });
  await node.start();
  return node;
}

/** gossipsub's protobuf, by hand: RPC { subscriptions: [{ subscribe, topic }], publish: [{ data, topic }] }. */
function gossipRpc(topic: string, data: string): Uint8Array {
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const subscription = Buffer.concat([Buffer.from([0x08, 1]), field(2, Buffer.from(topic))]);
  const message = Buffer.concat([field(2, Buffer.from(data)), field(4, Buffer.from(topic))]);
  const rpc = Buffer.concat([field(1, subscription), field(2, message)]);
  return Buffer.concat([Buffer.from([rpc.length]), rpc]);
}

describe('links that change', () => {
  test('the flood follows setLinks, one-sided links carry it too', async () => {
    const nodes = await startNodes(3);
    const [a, b, c] = nodes;
    link(nodes, (i) => [[1], [0, 2], [1]][i]!);
    await floodStands(nodes);
    a!.mesh.setLinks([]);
    b!.mesh.setLinks([c!.target()]);
    await floodStands([b!, c!]);
    b!.mesh.broadcast(bytesOf('without a'));
    await floodStands([b!, c!]);
    expect([a!.floods, c!.floods]).toEqual([[], ['without a']]);
    a!.mesh.setLinks([b!.target()]);
    await floodStands(nodes);
  });

  test('a frozen peer holds up nobody, and a new connection takes over from the dead one', async () => {
    const nodes = await startNodes(3);
    const [a, b, c] = nodes;
    const wire = await cable(b!.mesh.address.port);
    a!.mesh.setLinks([{ ...b!.target(), port: wire.port }, c!.target()]);
    c!.mesh.setLinks([a!.target()]);
    await floodStands(nodes);
    const old = performance.now() + 1_100;
    await until('the links are old', () => performance.now() > old);
    wire.freeze();
    for (let i = 0; i < 40; i++) a!.mesh.send(b!.host, new Uint8Array(1_000_000));
    a!.mesh.broadcast(bytesOf('still here'));
    a!.mesh.send(c!.host, bytesOf('hello'));
    await until(
      'the other peer hears',
      () => c!.frames.length === 1 && c!.floods.includes('still here'),
      1_000,
    );
    expect(a!.log.filter((line) => line.includes('bytes are waiting'))).toHaveLength(1);
    expect(a!.down).toEqual([]);

    await b!.mesh.dial('127.0.0.1', a!.mesh.address.port);
    // What had not left is sent over the new connection; the stream into the dead one is given up with it.
    await until('the queue has moved', () => b!.frames.length >= 14);
    a!.mesh.send(b!.host, bytesOf('over the new one'));
    await until('it arrives', () => b!.frames.some(({ text }) => text === 'over the new one'));
    await floodStands(nodes);
    wire.cut();
    expect([a!.down, b!.down]).toEqual([[], []]);
  });

  test('a dropped neighbour is dialled again', async () => {
    const nodes = await startNodes(2);
    fullMesh(nodes);
    await floodStands(nodes);
    nodes[0]!.mesh.drop(nodes[1]!.host);
    await until('down and up again', () =>
      nodes.every(({ up, down }) => up.length === 2 && down.length === 1),
    );
    await floodStands(nodes);
  });

  test('links on demand end when nobody uses them, neighbours stay', async () => {
    const root = newRoot();
    const nodes = await Promise.all([0, 1, 2].map(() => startNode(root, { idleMs: 300 })));
    const [a, b, c] = nodes;
    a!.mesh.setLinks([b!.target()]);
    a!.mesh.know([c!.target()]);
    await floodStands([a!, b!]);
    a!.mesh.send(c!.host, bytesOf('x'));
    await until('it ends', () => a!.down.length > 0 && c!.down.length > 0);
    expect([a!.down, b!.down, c!.down]).toEqual([[c!.host], [], [a!.host]]);
  });
});

describe('on demand', () => {
  test('hosts that are no neighbours talk, call, and are not grafted', async () => {
    const [a, b, c] = await startNodes(3);
    a!.mesh.setLinks([b!.target()]);
    b!.mesh.setLinks([a!.target()]);
    a!.mesh.know([c!.target()]);
    a!.mesh.send(c!.host, bytesOf('hello'));
    await until('the message', () => c!.frames.length === 1);
    c!.mesh.send(a!.host, bytesOf('and back'));
    await until('the answer', () => a!.frames.length === 1);
    await floodStands([a!, b!]);
    expect(c!.floods).toEqual([]);
    expect(a!.down).toEqual([]);
  });

  test('a call is a duplex that tells an end from a cut', async () => {
    const [a, b] = await startNodes(2);
    fullMesh([a!, b!]);
    const stop = new AbortController();
    const call = await a!.mesh.call(b!.host, stop.signal);
    await call.write(bytesOf('logs please'));
    await until('the call', () => b!.calls.length === 1);
    const served = b!.calls[0]!;
    expect(Buffer.from((await served.read())!).toString()).toBe('logs please');
    for (let i = 0; i < 3; i++) await served.write(bytesOf(`line ${i}`));
    await served.end();
    const lines: string[] = [];
    for (let line = await call.read(); line; line = await call.read())
      lines.push(Buffer.from(line).toString());
    expect(lines).toEqual(['line 0', 'line 1', 'line 2']);

    const cut = await a!.mesh.call(b!.host, stop.signal);
    await until('the second call', () => b!.calls.length === 2);
    const reading = cut.read();
    b!.mesh.drop(a!.host);
    await expect(reading).rejects.toThrow();
    const cancelled = await a!.mesh.call(b!.host, stop.signal);
    await until('the third call', () => b!.calls.length === 3);
    stop.abort();
    await until('the server sees it', () => b!.calls[2]!.closed.aborted);
    expect(cancelled.closed.aborted).toBe(true);
  });

  test('a reader that does not read holds the writer back', async () => {
    const [a, b] = await startNodes(2);
    fullMesh([a!, b!]);
    const call = await a!.mesh.call(b!.host, new AbortController().signal);
    let written = 0;
    const chunk = new Uint8Array(100_000);
    const total = 200;
    const writing = (async () => {
      for (; written < total; written++) await call.write(chunk);
      await call.end();
    })();
    await until('the call', () => b!.calls.length === 1);
    await settled(() => written);
    expect(written).toBeLessThan(total / 2);
    let got = 0;
    while (await b!.calls[0]!.read()) got++;
    await writing;
    expect(got).toBe(total);
  });

  test('what cannot be delivered is logged, not thrown', async () => {
    const [a] = await startNodes(1);
    const gone = newParty(newRoot());
    const target = { host: 'gone', publicKey: gone.keys.publicKey, address: '127.0.0.1', port: 1 };
    a!.mesh.know([target]);
    a!.mesh.send('gone', bytesOf('x'));
    a!.mesh.send('nobody', bytesOf('x'));
    a!.mesh.send('gone', new Uint8Array(2_000_000));
    a!.mesh.broadcast(new Uint8Array(2_000_000));
    await until('both are logged', () => a!.log.length >= 4);
    await expect(a!.mesh.call('gone', new AbortController().signal)).rejects.toThrow(
      /did not answer|does not answer/,
    );
  });
});

/** Resolves when the number has stopped growing. */
async function settled(value: () => number): Promise<void> {
  let last = -1;
  let still = 0;
  await until('it settles', () => {
    still = value() === last ? still + 1 : 0;
    last = value();
    return still > 40;
  });
}

describe('sixteen hosts on one address', () => {
  test('a ring with four links each floods to all', async () => {
    const nodes = await startNodes(16);
    link(nodes, (i) => [1, 2, 14, 15].map((step) => (i + step) % 16));
    await floodStands(nodes);
    for (let i = 0; i < 10; i++) nodes[i]!.mesh.broadcast(bytesOf(`ring ${i}`));
    await until('all', () => nodes.every((node, at) => count(node.floods, 'ring') === (at < 10 ? 9 : 10)));
    await floodStands(nodes);
    for (const node of nodes) expect(new Set(node.floods).size).toBe(node.floods.length);
  });

  test('fifteen neighbours of one host all hear it', async () => {
    const nodes = await startNodes(16);
    link(nodes, (i) => (i === 0 ? nodes.map((_, j) => j).slice(1) : [0]));
    await floodStands(nodes);
  });
});

describe('addresses', () => {
  test('an address in use is one clear line', async () => {
    const root = newRoot();
    const first = await startNode(root);
    await expect(startNode(root, { port: first.mesh.address.port })).rejects.toThrow(
      /^cannot listen on 127\.0\.0\.1:\d+: the address is in use/,
    );
  });

  test('a seed where nobody listens, and oneself, are one clear line', async () => {
    const [a] = await startNodes(1);
    await expect(a!.mesh.dial('127.0.0.1', 1)).rejects.toThrow(/^127\.0\.0\.1:1: nothing listens there/);
    await expect(a!.mesh.dial('127.0.0.1', a!.mesh.address.port)).rejects.toThrow(/this host itself/);
  });

  test('a seed is dialled by address and by name, and answers with its id', async () => {
    const [a, b] = await startNodes(2);
    expect(await a!.mesh.dial('127.0.0.1', b!.mesh.address.port)).toBe(b!.host);
    expect(await b!.mesh.dial('localhost', a!.mesh.address.port)).toBe(a!.host);
    expect([a!.up, b!.up]).toEqual([[b!.host], [a!.host]]);
  });

  test('the TCP probe tells open, refused and silent ports apart', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await until('listening', () => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await probeTcp('127.0.0.1', port, 1000)).toBe('open');
    server.close();
    expect(await probeTcp('127.0.0.1', port, 1000)).toBe('refused');
    expect(await probeTcp('no-such-host.invalid', 1, 3000)).toBe('unreachable');
  });
});
