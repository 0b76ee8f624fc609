/** This host's agent as the API sees it: a member of a mesh, or waiting to become one. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Membership, Ping } from '../protocol/api.ts';
import { failure } from '../protocol/errors.ts';
import { ApiError } from './api/handler.ts';
import type { Log } from './log.ts';
import { type Member, startMember } from './member.ts';
import type { Settings } from './settings.ts';
import { hasIdentity, type Identity, identityPath, loadIdentity, saveIdentity } from './trust/keys.ts';
import { initMesh, joinMesh, makeInvite } from './trust/membership-files.ts';
import { createNodeCrypto } from './trust/node-crypto.ts';
import { VERSION } from './version.ts';

const JOIN_MS = 10_000;
const INVITE_MS = 24 * 60 * 60_000;
const BUSY = 'this host is joining or leaving a mesh at this moment: look again in a few seconds';
/** Time for the leave record to reach the neighbours before the links close. */
const FAREWELL_MS = 500;

export interface Host {
  readonly name: string;
  readonly member: Member | null;
  ping(): Ping;
  init(): Promise<Membership>;
  join(invite: string): Promise<Membership>;
  invite(wish: {
    role?: 'operator' | 'worker' | undefined;
    expiresMs?: number | undefined;
    uses?: number | undefined;
  }): string;
  /** after the core has said farewell; `keep`: containers stay as they are */
  leave(keep: boolean): Promise<void>;
  close(): Promise<void>;
}

export async function createHost(settings: Settings, log: Log): Promise<Host> {
  let member: Member | null = null;
  let changing = false;
  if (hasIdentity(settings.dataDir))
    member = await startMember(settings, loadIdentity(settings.dataDir), log);

  /** One change of membership at a time, and only from outside. */
  async function become(make: () => { identity: Identity; addresses: string[] }): Promise<Membership> {
    if (changing) throw new ApiError('ALREADY_A_MEMBER', BUSY);
    if (member) {
      throw new ApiError(
        'ALREADY_A_MEMBER',
        'this host is a member of a mesh already: run `shoal leave` first',
      );
    }
    changing = true;
    try {
      setStoreAside(settings.dataDir, log);
      const { identity, addresses } = make();
      member = await enter(identity, addresses);
      return { mesh: identity.mesh, host: settings.name, id: identity.host };
    } finally {
      changing = false;
    }
  }

  /** Nothing half done: a join that reaches nobody leaves no identity behind. */
  async function enter(identity: Identity, addresses: string[]): Promise<Member> {
    let started: Member | undefined;
    const faults = new Map<string, string>();
    try {
      started = await startMember(settings, identity, log);
      if (addresses.length === 0) return started;
      started.dialSeeds(addresses, (address, why) => faults.set(address, why));
      await withDeadline(
        started.firstPeer,
        JOIN_MS,
        () => `no member let this host in within ${JOIN_MS / 1000} s: ${reasons(addresses, faults)}`,
      );
      saveIdentity(settings.dataDir, identity);
      return started;
    } catch (error) {
      await started?.close();
      forget(settings.dataDir);
      const why = error instanceof Error ? error.message : String(error);
      if (addresses.length === 0) throw new ApiError('INTERNAL', `no mesh was made: ${why}`);
      throw new ApiError('UNREACHABLE', `not joined: ${why}`);
    }
  }

  return {
    name: settings.name,
    get member() {
      return member;
    },
    ping: () => ({
      version: VERSION,
      host: settings.name,
      id: member?.identity.host ?? '',
      mesh: member?.identity.mesh ?? null,
      ready: member?.loop.read((state) => state.local.resumed) ?? false,
    }),
    init: async () => {
      let rootKey: string | undefined;
      try {
        const made = await become(() => {
          const { identity, rootKeyPath } = refusing(() => initMesh(settings.dataDir, Date.now()));
          rootKey = rootKeyPath;
          return { identity, addresses: [] };
        });
        log('info', 'the root key is not needed at run time: move it to a safe place', { path: rootKey });
        return made;
      } catch (error) {
        // the key of a mesh that never was would only be mistaken for another's
        if (rootKey !== undefined) rmSync(rootKey, { force: true });
        throw error;
      }
    },
    join: (invite) => become(() => refusing(() => joinMesh(settings.dataDir, invite, Date.now()))),
    invite: ({ role = 'operator', expiresMs = INVITE_MS, uses }) => {
      if (!member) throw new ApiError('NOT_A_MEMBER', 'this host is not a member of a mesh');
      const { identity } = member;
      const addresses = member.loop.read((state) => memberAddresses(state, settings));
      const wish = {
        role,
        lifetimeMs: expiresMs,
        addresses,
        wall: Date.now(),
        ...(uses === undefined ? {} : { uses }),
      };
      return refusing(() => makeInvite(identity, createNodeCrypto(identity.signing.seed), wish)).text;
    },
    leave: async (keep) => {
      const leaving = member;
      if (!leaving) return;
      if (changing) throw new ApiError('BAD_REQUEST', BUSY);
      changing = true;
      try {
        if (!keep) await stopOwnContainers(leaving, log);
        await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
        member = null;
        await leaving.close();
        forget(settings.dataDir);
      } finally {
        changing = false;
      }
    },
    close: async () => member?.close(),
  };
}

function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { message } = failure('BAD_REQUEST', error instanceof Error ? error.message : String(error));
    throw new ApiError('BAD_REQUEST', message);
  }
}

function memberAddresses(
  state: Parameters<Parameters<Member['loop']['read']>[0]>[0],
  settings: Settings,
): string[] {
  const own = `${settings.advertise}:${settings.listen.port}`;
  const others = [...state.gossip.peers.keys()].flatMap((host) => {
    const body = state.table.kinds.get('host')?.get(host)?.get(`self/${host}`)?.body;
    return isAddress(body) ? [`${body.address}:${body.port}`] : [];
  });
  return [own, ...others.slice(0, 3)];
}

const isAddress = (body: unknown): body is { address: string; port: number } =>
  typeof body === 'object' && body !== null && 'address' in body && 'port' in body;

const STOP_ALL_MS = 30_000;

async function stopOwnContainers(member: Member, log: Log): Promise<void> {
  member.engine.retire();
  const names = member.loop.read((state) => [...state.local.containers.values()]);
  for (const { name, claim } of names) member.engine.perform({ op: 'stop', name, claim, graceMs: 5_000 });
  const until = Date.now() + STOP_ALL_MS;
  const left = (): number => member.loop.read((state) => state.local.containers.size);
  while (Date.now() < until && left() > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  if (left() > 0)
    log('warn', `${left()} containers did not stop within ${STOP_ALL_MS / 1000} s: they run on`);
}

/** A store without an identity is what is left of a membership that was cut short: it must not leak into the next. */
function setStoreAside(dataDir: string, log: Log): void {
  const store = join(dataDir, 'store');
  if (hasIdentity(dataDir) || !existsSync(store)) return;
  const aside = `${store}.left-${Date.now()}`;
  renameSync(store, aside);
  log('warn', 'a store of an earlier membership was here: set aside', { aside });
}

/** Every address with what was wrong with it; a member that was reached but kept silent has said nothing. */
const reasons = (addresses: string[], faults: ReadonlyMap<string, string>): string =>
  addresses.map((address) => faults.get(address) ?? `${address}: no answer`).join('; ');

function forget(dataDir: string): void {
  rmSync(identityPath(dataDir), { force: true });
  rmSync(join(dataDir, 'store'), { recursive: true, force: true });
}

async function withDeadline<T>(promise: Promise<T>, ms: number, message: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message())), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
