/** Several meshes' nodes in this process on 127.0.0.1, each with a record of what it was told. */
import { connect, createServer, type Socket } from 'node:net';
import { type CallStream, createMesh, type Mesh, type Target } from '../../agent/mesh/mesh.ts';
import { sha256 } from '../../agent/trust/node-crypto.ts';
import type { Certificate } from '../../protocol/trust/certificate.ts';
import { keyId } from '../../protocol/trust/crypto.ts';
import { crypto, issue, makeRoot, type Party } from '../unit/trust/chains.ts';

export interface Root {
  mesh: string;
  party: Party;
}

export interface TestNode {
  host: string;
  mesh: Mesh;
  party: Party;
  target: () => Target;
  up: string[];
  down: string[];
  frames: { from: string; text: string }[];
  floods: string[];
  calls: CallStream[];
  log: string[];
}

const started = new Set<Mesh>();

export async function closeAll(): Promise<void> {
  await Promise.all([...started].map((mesh) => mesh.close()));
  started.clear();
}

export async function stop(node: TestNode): Promise<void> {
  started.delete(node.mesh);
  await node.mesh.close();
}

export function newRoot(): Root {
  const { keys, mesh } = makeRoot();
  return { mesh, party: { keys, chain: [] } };
}

export const newParty = (root: Root): Party =>
  issue(root.mesh, 'host', root.party, { notBefore: Date.now() - 1000, notAfter: Date.now() + 3_600_000 });

export interface NodeWish {
  party?: Party;
  /** shown instead of the party's own */
  chain?: Certificate[];
  port?: number;
  revoked?: (serials: string[]) => boolean;
  idleMs?: number;
}

export async function startNode(root: Root, wish: NodeWish = {}): Promise<TestNode> {
  const party = wish.party ?? newParty(root);
  const host = keyId(party.keys.publicKey, sha256);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  const record = { up: [], down: [], frames: [], floods: [], calls: [], log: [] } satisfies Partial<TestNode>;
  const seen: Pick<TestNode, keyof typeof record> = record;
  const mesh = createMesh({
    identity: { host, signing: party.keys },
    mesh: root.mesh,
    chain: wish.chain ?? party.chain,
    crypto,
    listen: { address: '127.0.0.1', port: wish.port ?? 0 },
    ...(wish.revoked && { revoked: wish.revoked }),
    ...(wish.idleMs !== undefined && { idleMs: wish.idleMs }),
    log: (line) => seen.log.push(line),
    events: {
      peerUp: (peer) => seen.up.push(peer),
      peerDown: (peer) => seen.down.push(peer),
      frame: (from, bytes) => seen.frames.push({ from, text: text(bytes) }),
      flood: (_, bytes) => seen.floods.push(text(bytes)),
      call: (_, stream) => seen.calls.push(stream),
    },
  });
  await mesh.start();
  started.add(mesh);
  const target = (): Target => ({
    host,
    publicKey: party.keys.publicKey,
    address: '127.0.0.1',
    port: mesh.address.port,
  });
  return { host, mesh, party, target, ...seen };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each node is linked to those `links` names for it. */
export function link(nodes: TestNode[], links: (i: number) => number[]): void {
  nodes.forEach((node, i) => {
    node.mesh.setLinks(links(i).map((j) => nodes[j]!.target()));
  });
}

export const fullMesh = (nodes: TestNode[]): void =>
  link(nodes, (i) => nodes.map((_, j) => j).filter((j) => j !== i));

let round = 0;

/**
 * Broadcasts markers until every node has got one from every other: then every path of the flood stands, and whatever
 * was flooded before has arrived wherever it was going to. The markers are taken out of the records again.
 */
export async function floodStands(nodes: TestNode[]): Promise<void> {
  const deadline = performance.now() + 15_000;
  // Markers of all to all cost the square of the nodes: too short a wait would only pile them up.
  const waitMs = Math.max(300, 2 * nodes.length ** 2);
  const heard = (node: TestNode, mark: string): boolean => node.floods.includes(mark);
  for (;;) {
    round += 1;
    const marks = nodes.map((node) => `mark ${round} ${node.host}`);
    nodes.forEach((node, i) => {
      node.mesh.broadcast(bytesOf(marks[i]!));
    });
    const all = (): boolean =>
      nodes.every((node, at) => marks.every((mark, i) => i === at || heard(node, mark)));
    if (await happens(all, waitMs)) break;
    if (performance.now() > deadline) throw new Error('the flood never stood');
  }
  for (const { floods } of nodes) {
    floods.splice(0, floods.length, ...floods.filter((text) => !text.startsWith('mark ')));
  }
}

/** Whether the condition comes true within `ms`. */
export async function happens(condition: () => boolean, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

export async function until(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
  if (!(await happens(condition, ms))) throw new Error(`not within ${ms} ms: ${what}`);
}

/** A cable that can be pulled: forwards TCP to `port` until it is frozen, and then says nothing in either direction. */
export async function cable(port: number): Promise<{ port: number; freeze(): void; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await until('the cable is there', () => server.listening);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
