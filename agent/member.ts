/** The agent as a member of a mesh: the loop with all its drivers. It wires; the core decides. */
import { randomInt } from 'node:crypto';
import type { Restored } from '../protocol/agent.ts';
import { type Config, defaultConfig } from '../protocol/config.ts';
import type { Event } from '../protocol/input.ts';
import { encodeChain, verifyChain } from '../protocol/trust/certificate.ts';
import type { Crypto } from '../protocol/trust/crypto.ts';
import { decodeMessage } from '../protocol/wire/validate.ts';
import { countStart, readBootId } from './boot.ts';
import { serveCalls } from './calls.ts';
import { openDns, subnetFollower } from './dns/local.ts';
import type { Dns } from './dns/server.ts';
import { createDrivers } from './drivers.ts';
import { type Engine, openEngine } from './engine/engine.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat/index.ts';
import type { Log } from './log.ts';
import { createLoop, type Loop } from './loop.ts';
import { createMesh, type Mesh } from './mesh/mesh.ts';
import { type RetirableEngine, retirable } from './retire.ts';
import type { Settings } from './settings.ts';
import { type Held, openStore } from './store.ts';
import type { Identity } from './trust/keys.ts';
import { createNodeCrypto } from './trust/node-crypto.ts';
import { VERSION } from './version.ts';

const LOAD_EVERY_MS = 5_000;
const SUBNETS_EVERY_MS = 10_000;
const SEED_RETRY_MS = 1_000;
/** Datagrams are ordered by the count of starts alone: a store's epoch may fall back when the store is lost twice. */
const HEARTBEAT_EPOCH = 0;

export interface Member {
  loop: Loop;
  mesh: Mesh;
  engine: RetirableEngine;
  dns: Dns;
  identity: Identity;
  /** resolves when the first other host is linked */
  firstPeer: Promise<void>;
  /** tries each until the first peer is linked; `failed` hears why one was not */
  dialSeeds(addresses: string[], failed: (address: string, why: string) => void): void;
  close(): Promise<void>;
}

/** What every part of a member is made from. */
interface Parts {
  settings: Settings;
  identity: Identity;
  crypto: Crypto;
  log: Log;
  /** where news go; they are dropped until the loop runs, as nobody has asked for them yet */
  inbox: { post(event: Event): void };
  /** undone in reverse order */
  closers: (() => Promise<void>)[];
}

/** Starts everything, or nothing: whatever was opened is closed again when a part cannot start. */
export async function startMember(settings: Settings, identity: Identity, log: Log): Promise<Member> {
  const crypto = createNodeCrypto(identity.signing.seed);
  const parts: Parts = { settings, identity, crypto, log, inbox: { post: () => undefined }, closers: [] };
  try {
    return await assemble(parts);
  } catch (error) {
    for (const close of parts.closers.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

async function assemble(parts: Parts): Promise<Member> {
  const { settings, identity, crypto, log, closers } = parts;
  const store = await openStore(settings.dataDir, log);
  closers.push(() => store.close());
  const held = await store.held();
  const dns = await openDns(settings, identity, log);
  closers.push(() => dns.close());
  const engine = retirable(openOwnEngine(parts));
  closers.push(() => engine.close());
  const first = Promise.withResolvers<void>();
  const mesh = openMesh(parts, engine, () => first.resolve());
  const beats = await openHeartbeat(parts);
  closers.push(() => beats.close());
  const drivers = createDrivers({ store, mesh, engine, dns, beats, log });
  const loop = createLoop(configOf(settings, dns), restoredOf(parts, held), crypto, drivers);
  parts.inbox.post = loop.post;
  closers.push(() => mesh.close());
  await mesh.start();
  loop.post({ kind: 'start' });
  const stopMeasuring = runEngine(engine, loop, dns);
  return memberOf(parts, { loop, mesh, engine, dns, identity, firstPeer: first.promise }, stopMeasuring);
}

function memberOf(
  { closers, log }: Parts,
  member: Omit<Member, 'dialSeeds' | 'close'>,
  stopMeasuring: () => void,
): Member {
  const { loop, mesh } = member;
  let closing = false;
  return {
    ...member,
    dialSeeds: (addresses, failed) => {
      const done = (): boolean => closing || peersUp(loop);
      for (const address of addresses) void dialUntil(mesh, address, done, failed);
    },
    close: async () => {
      closing = true;
      stopMeasuring();
      loop.stop();
      for (const close of closers.reverse()) {
        await close().catch((error) => log('warn', `closing: ${String(error)}`));
      }
    },
  };
}

function openOwnEngine({ settings, identity, log }: Parts): Engine {
  const owner = { mesh: () => identity.mesh, host: identity.host };
  return openEngine(settings.engine, owner, {
    processDir: `${settings.dataDir}/containers`,
    log: (line) => log('info', line),
  });
}

function openMesh(
  { settings, identity, crypto, log, inbox }: Parts,
  engine: Engine,
  linked: () => void,
): Mesh {
  const limits = defaultConfig().tunables;
  const receive = (from: string, bytes: Uint8Array): void => {
    const decoded = decodeMessage(bytes, limits);
    if ('message' in decoded) return inbox.post({ kind: 'message', from, message: decoded.message });
    const reason = 'error' in decoded ? decoded.error : decoded.ignored;
    log('debug', 'message dropped', { from, reason });
  };
  return createMesh({
    identity: { host: identity.host, signing: identity.signing },
    mesh: identity.mesh,
    chain: identity.chain,
    crypto,
    listen: settings.listen,
    events: {
      peerUp: (host) => {
        linked();
        inbox.post({ kind: 'peerUp', host });
      },
      peerDown: (host) => inbox.post({ kind: 'peerDown', host }),
      frame: receive,
      flood: receive,
      call: (from, stream) => void serveCalls(engine, from, stream, log),
    },
    log: (line) => log('info', line),
  });
}

function openHeartbeat({ settings, identity, log, inbox }: Parts): Promise<Heartbeat> {
  const starts = countStart(settings.dataDir, Date.now());
  return startHeartbeat({
    listen: settings.listen,
    identity: { mesh: identity.mesh, self: identity.host, epoch: HEARTBEAT_EPOCH, starts },
    dhPrivateKey: identity.sealing.seed,
    report: (report) => inbox.post({ kind: 'heartbeat', report }),
    warn: (line) => log('warn', line),
  });
}

function restoredOf({ settings, identity, crypto }: Parts, held: Held): Restored {
  return {
    identity: {
      self: identity.host,
      mesh: identity.mesh,
      role: roleOf(identity, crypto),
      chain: encodeChain(identity.chain),
    },
    facts: {
      name: settings.name,
      address: settings.advertise,
      port: settings.listen.port,
      labels: settings.labels,
      boot: readBootId(settings.runDir),
      version: VERSION,
    },
    ...held,
    seed: randomInt(2 ** 32 - 1),
  };
}

/** Feeds the loop what the engine tells and how loaded the host is, until the answer is called. */
function runEngine(engine: Engine, loop: Loop, dns: Dns): () => void {
  const followSubnets = subnetFollower(dns);
  engine.start((event) => {
    // A bridge shows up with its first container, which may ask for names at once.
    if (event.event === 'started') followSubnets();
    loop.post({ kind: 'engine', event });
  });
  const timers = [
    setInterval(() => void measure(engine, loop), LOAD_EVERY_MS),
    setInterval(followSubnets, SUBNETS_EVERY_MS),
  ];
  void measure(engine, loop);
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

const peersUp = (loop: Loop): boolean => loop.read((state) => state.gossip.peers.size > 0);

function roleOf(identity: Identity, crypto: Parameters<typeof verifyChain>[2]): 'operator' | 'worker' {
  const verdict = verifyChain(identity.chain, identity.mesh, crypto, Date.now());
  if (!verdict.ok) throw new Error(`this host's certificate is not accepted: ${verdict.why}`);
  return verdict.role;
}

function configOf(settings: Settings, dns: Dns): Config {
  const usable = dns.bound.filter(({ address, port }) => port === 53 && !address.startsWith('127.'));
  // The link-local address is the same on every host, so a container's resolver never depends on where it runs.
  const chosen = usable.find(({ address }) => address.startsWith('169.254.')) ?? usable[0];
  const containerDns = chosen && settings.engine.startsWith('unix:') ? [chosen.address] : [];
  return { ...defaultConfig(), domain: settings.domain, containerDns };
}

async function measure(engine: Engine, loop: Loop): Promise<void> {
  const usage = await engine.usage();
  loop.post({ kind: 'load', ...usage });
}

async function dialUntil(
  mesh: Mesh,
  address: string,
  done: () => boolean,
  failed: (address: string, why: string) => void,
): Promise<void> {
  const at = address.lastIndexOf(':');
  while (!done()) {
    try {
      await mesh.dial(address.slice(0, at), Number(address.slice(at + 1)));
      return;
    } catch (error) {
      failed(address, error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, SEED_RETRY_MS));
    }
  }
}
