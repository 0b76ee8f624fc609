/** Runs the greeting on every new connection and judges what the peer shows. */
import type { Connection, Stream } from '@libp2p/interface';
import type { HostId, MeshId } from '../../protocol/identity.ts';
import {
  type Certificate,
  decodeChain,
  encodeChain,
  sameBytes,
  verifyChain,
} from '../../protocol/trust/certificate.ts';
import type { Crypto } from '../../protocol/trust/crypto.ts';
import { createCallStream } from './frame-stream.ts';
import { GREETING_PROTOCOL, type Greeting, greetAsDialer, greetAsListener, type Judge } from './greeting.ts';
import {
  GREETING_MS,
  type Guest,
  guestOf,
  type LinkTable,
  rejectGuest,
  settleGuest,
  wantsConnection,
} from './links.ts';

export interface Admission {
  table: LinkTable;
  ownHost: HostId;
  mesh: MeshId;
  chain: Certificate[];
  crypto: Pick<Crypto, 'verify' | 'hash'>;
  revoked: (serials: string[]) => boolean;
  /** Unix ms */
  wall: () => number;
  log: (line: string) => void;
  /** what was reported last, on a monotonic clock in ms */
  last?: { reason: string; at: number };
}

const REPORT_EVERY_MS = 10_000;

/** Called for every new connection. The dialler opens the greeting; the listener has a deadline. */
export function welcome(admission: Admission, connection: Connection): void {
  const guest = guestOf(admission.table, connection);
  if (connection.direction === 'inbound') return;
  const signal = AbortSignal.timeout(GREETING_MS);
  const run = async (): Promise<void> => {
    const stream = await connection.newStream([GREETING_PROTOCOL], { signal });
    await greet(admission, guest, stream, greetAsDialer);
  };
  run().catch((error) => refuse(admission, guest, error));
}

/** The handler of the greeting's protocol. */
export function answerGreeting(admission: Admission, stream: Stream, connection: Connection): void {
  const guest = guestOf(admission.table, connection);
  greet(admission, guest, stream, greetAsListener).catch((error) => refuse(admission, guest, error));
}

async function greet(
  admission: Admission,
  guest: Guest,
  raw: Stream,
  role: typeof greetAsDialer,
): Promise<void> {
  if (guest.greeting) throw new Error('it greeted twice');
  guest.greeting = true;
  const stream = createCallStream(raw);
  const greeting: Greeting = {
    ownHost: admission.ownHost,
    ownChain: encodeChain(admission.chain),
    judge: (encoded) => judge(admission, guest, encoded),
    choose: (host) => wantsConnection(admission.table, host),
  };
  try {
    settleGuest(admission.table, guest, await role(stream, greeting));
  } finally {
    await stream.end();
  }
}

function judge(admission: Admission, guest: Guest, encoded: Uint8Array): ReturnType<Judge> {
  const publicKey = guest.connection.remotePeer.publicKey?.raw;
  if (!publicKey) return { refused: 'its connection has no key' };
  try {
    guest.chain = decodeChain(encoded);
  } catch (error) {
    return { refused: error instanceof Error ? error.message : 'its certificate is unreadable' };
  }
  const verdict = verifyChain(
    guest.chain,
    admission.mesh,
    admission.crypto,
    judgedAt(admission, guest.chain),
  );
  if (!verdict.ok) return { refused: verdict.why };
  if (!verdict.dh) return { refused: 'an invite is no host: join with it first' };
  if (!sameBytes(verdict.subject, publicKey)) return { refused: 'its certificate belongs to another key' };
  if (admission.revoked(verdict.serials)) return { refused: 'its certificate was revoked' };
  return { host: verdict.host };
}

/**
 * This host's clock, unless its own certificate proves it wrong (a board without a battery wakes up in 1970): then the
 * peer's word for the time is better than refusing every member for ever.
 */
function judgedAt(admission: Admission, chain: Certificate[]): number {
  const wall = admission.wall();
  const own = admission.chain[0]?.notBefore ?? 0;
  return wall >= own ? wall : Math.max(own, chain[0]?.notBefore ?? 0);
}

function refuse(admission: Admission, guest: Guest, error: unknown): void {
  const why = error instanceof Error ? error : new Error(String(error));
  report(admission, `refused ${guest.connection.remoteAddr.toString()}: ${why.message}`, why.message);
  rejectGuest(guest, why);
  // Closed rather than reset, so that the reason still arrives.
  guest.connection.close().catch(() => guest.connection.abort(why));
}

/** One line per reason and while: a stranger that keeps trying must not fill the disk. */
function report(admission: Admission, line: string, reason: string): void {
  const now = performance.now();
  const { last } = admission;
  if (last && last.reason === reason && now - last.at < REPORT_EVERY_MS) return;
  admission.last = { reason, at: now };
  admission.log(line);
}
