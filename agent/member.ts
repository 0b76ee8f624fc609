/** The agent as a member of a mesh: the loop with all its drivers. It wires; the core decides. */
import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import { type Config, defaultConfig } from '../protocol/config.ts';
import { encodeChain, verifyChain } from '../protocol/trust/certificate.ts';
import { decodeMessage, encodeMessage } from '../protocol/wire/validate.ts';
import { countStart, readBootId } from './boot.ts';
import { serveCalls } from './calls.ts';
import { ensureLinkLocal, LINK_LOCAL } from './dns/link-local.ts';
import { type Dns, startDns } from './dns/server.ts';
import { type Engine, openEngine } from './engine/engine.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat/index.ts';
import type { Log } from './log.ts';
import { createLoop, type Drivers, type Loop } from './loop.ts';
import { createMesh, type Mesh } from './mesh/mesh.ts';
import { probeTcp } from './mesh/probe.ts';
import type { Settings } from './settings.ts';
import { openStore, type Store } from './store.ts';
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
  engine: Engine;
  dns: Dns;
  identity: Identity;
  /** resolves when the first other host is linked */
  firstPeer: Promise<void>;
  /** tries each until the first peer is linked; `failed` hears why one was not */
  dialSeeds(addresses: string[], failed: (address: string, why: string) => void): void;
  close(): Promise<void>;
}

export async function startMember(settings: Settings, identity: Identity, log: Log): Promise<Member> {
  const crypto = createNodeCrypto(identity.signing.seed);
  const closers: (() => Promise<void>)[] = [];
  try {
    return await assemble();
  } catch (error) {
    for (const close of closers.reverse()) await close().catch(() => undefined);
    throw error;
  }

  async function assemble(): Promise<Member> {
    const store = await openStore(settings.dataDir, log);
    closers.push(() => store.close());
    const held = await store.held();
    const dns = await openDns(settings, identity, log);
    closers.push(() => dns.close());
    const owner = { mesh: () => identity.mesh, host: identity.host };
    const engine = openEngine(settings.engine, owner, {
      processDir: `${settings.dataDir}/containers`,
      log: (line) => log('info', line),
    });
    closers.push(() => engine.close());
    const first = Promise.withResolvers<void>();
    let loop: Loop | undefined;
    let closing = false;
    const limits = defaultConfig().tunables;

    const receive = (from: string, bytes: Uint8Array): void => {
      const decoded = decodeMessage(bytes, limits);
      if ('message' in decoded) loop?.post({ kind: 'message', from, message: decoded.message });
      else
        log('debug', 'message dropped', {
          from,
          reason: 'error' in decoded ? decoded.error : decoded.ignored,
        });
    };
    const mesh = createMesh({
      identity: { host: identity.host, signing: identity.signing },
      mesh: identity.mesh,
      chain: identity.chain,
      crypto,
      listen: settings.listen,
      events: {
        peerUp: (host) => {
          first.resolve();
          loop?.post({ kind: 'peerUp', host });
        },
        peerDown: (host) => loop?.post({ kind: 'peerDown', host }),
        frame: receive,
        flood: receive,
        call: (from, stream) => void serveCalls(engine, from, stream, log),
      },
      log: (line) => log('info', line),
    });
    const beats = await startHeartbeat({
      listen: settings.listen,
      identity: {
        mesh: identity.mesh,
        self: identity.host,
        epoch: HEARTBEAT_EPOCH,
        starts: countStart(settings.dataDir, Date.now()),
      },
      dhPrivateKey: identity.sealing.seed,
      report: (report) => loop?.post({ kind: 'heartbeat', report }),
      warn: (line) => log('warn', line),
    });
    closers.push(() => beats.close());
    const drivers = createDrivers({ store, mesh, engine, dns, beats, log });
    const restored = {
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
    loop = createLoop(configOf(settings, dns), restored, crypto, drivers);
    const running = loop;
    closers.push(() => mesh.close());
    await mesh.start();
    running.post({ kind: 'start' });
    const followSubnets = subnetFollower(dns);
    engine.start((event) => {
      // A bridge shows up with its first container, which may ask for names at once.
      if (event.event === 'started') followSubnets();
      running.post({ kind: 'engine', event });
    });
    const timers = [
      setInterval(() => void measure(engine, running), LOAD_EVERY_MS),
      setInterval(followSubnets, SUBNETS_EVERY_MS),
    ];
    void measure(engine, running);
    return {
      loop: running,
      mesh,
      engine,
      dns,
      identity,
      firstPeer: first.promise,
      dialSeeds: (addresses, failed) => {
        for (const address of addresses)
          void dialUntil(mesh, address, () => closing || peersUp(running), failed);
      },
      close: async () => {
        closing = true;
        for (const timer of timers) clearInterval(timer);
        running.stop();
        for (const close of closers.reverse())
          await close().catch((error) => log('warn', `closing: ${String(error)}`));
      },
    };
  }
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

async function openDns(settings: Settings, identity: Identity, log: Log): Promise<Dns> {
  if (settings.dns.some(({ address }) => address === LINK_LOCAL)) {
    const why = await ensureLinkLocal();
    if (why) log('warn', why);
  }
  const dns = await startDns({
    listen: settings.dns,
    domain: settings.domain,
    self: identity.host,
    localSubnets: localSubnets(),
    log: (line) => log('warn', line),
  });
  for (const { address, port, reason } of dns.failed) {
    log('warn', `DNS cannot answer on ${address}:${port}: ${reason}`, { address, port });
  }
  return dns;
}

/** Own addresses, and whole subnets of bridges: who asks from there runs on this host (rule N2). */
function localSubnets(): string[] {
  const found = ['127.0.0.0/8'];
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    for (const entry of entries ?? []) {
      if (entry.family !== 'IPv4') continue;
      found.push(/^(docker|br-|shoal)/.test(name) ? (entry.cidr ?? entry.address) : entry.address);
    }
  }
  return found;
}

/** Tells the DNS of changes only: its answers are built anew after each. */
function subnetFollower(dns: Dns): () => void {
  let told = '';
  return () => {
    const subnets = localSubnets();
    if (subnets.join() === told) return;
    told = subnets.join();
    dns.setLocalSubnets(subnets);
  };
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

function createDrivers(parts: {
  store: Store;
  mesh: Mesh;
  engine: Engine;
  dns: Dns;
  beats: Heartbeat;
  log: Log;
}): Drivers {
  const { store, mesh, engine, dns, beats, log } = parts;
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (ms, run) => void setTimeout(run, ms),
    soon: (run) =>
      void setImmediate(() => {
        beats.alive();
        run();
      }),
    persist: (batch, done) => {
      store.persist(batch).then(
        () => done(null),
        (error) => done(error instanceof Error ? error.message : String(error)),
      );
    },
    reload: (done) => {
      store.held().then(done, (error) => {
        log('error', 'the store cannot be read back: stopping, the next start repairs it', {
          reason: String(error),
        });
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      });
    },
    send: (to, message) => mesh.send(to, encodeMessage(message)),
    broadcast: (message) => mesh.broadcast(encodeMessage(message)),
    links: (ring, known) => {
      mesh.know(known);
      mesh.setLinks(ring);
    },
    drop: (host) => mesh.drop(host),
    heartbeat: (feed) => beats.feed(feed),
    engine: (op) => engine.perform(op),
    probe: (address, port, timeoutMs, done) => void probeTcp(address, port, timeoutMs).then(done),
    zone: (delta) => dns.update(delta),
    log: (level, text, data) => log(level, text, data),
  };
}
