/** Names outside the mesh: asked of the upstreams one after the other, within bounds of time and number. */
import { HEADER_BYTES, parseQuery, RCODE } from '../../protocol/naming/wire.ts';
import { exchangeTcp, exchangeUdp, isTruncated, type Outgoing, outgoing, rcodeOf } from './exchange.ts';
import type { DnsAddress } from './messages.ts';

/** one upstream's time; and all of it: resolvers in containers wait 5 s */
const ATTEMPT_MS = 2_000;
const TOTAL_MS = 3_800;
/** upstreams tried for one question; a lone one is tried again */
const ATTEMPTS_MAX = 3;
const ATTEMPTS_MIN = 2;
/** questions under way: for all askers, and for one, so that none can silence the others */
const OUTSTANDING_MAX = 512;
const OUTSTANDING_PER_ASKER_MAX = 128;

/** Results that say more about the upstream than about the name: another may know better. */
const NOT_FINAL: readonly number[] = [RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED];

export interface Forwarder {
  /** are there upstreams at all? */
  available(): boolean;
  /** limit: bytes that the asker takes. Undefined: no upstream answered, or too much is under way. Never rejects. */
  forward(query: Uint8Array, asker: string, limit: number): Promise<Uint8Array | undefined>;
}

export function createForwarder(upstreams: () => DnsAddress[]): Forwarder {
  const perAsker = new Map<string, number>();
  let outstanding = 0;
  const count = (asker: string, change: 1 | -1) => {
    outstanding += change;
    const now = (perAsker.get(asker) ?? 0) + change;
    if (now === 0) perAsker.delete(asker);
    else perAsker.set(asker, now);
  };
  return {
    available: () => upstreams().length > 0,
    async forward(query, asker, limit) {
      const full = outstanding >= OUTSTANDING_MAX || (perAsker.get(asker) ?? 0) >= OUTSTANDING_PER_ASKER_MAX;
      const questionEnd = parseQuery(query)?.questionEnd ?? HEADER_BYTES;
      if (full || questionEnd === HEADER_BYTES) return undefined;
      count(asker, 1);
      try {
        const reply = await askInTurn(query, questionEnd, upstreams(), limit);
        return reply && readdressed(reply, query, questionEnd);
      } finally {
        count(asker, -1);
      }
    },
  };
}

async function askInTurn(query: Uint8Array, questionEnd: number, upstreams: DnsAddress[], limit: number) {
  const endMs = performance.now() + TOTAL_MS;
  const attempts = Math.min(Math.max(upstreams.length, ATTEMPTS_MIN), ATTEMPTS_MAX);
  const timeoutMs = Math.min(ATTEMPT_MS, TOTAL_MS / attempts);
  let last: Buffer | undefined;
  for (let i = 0; i < attempts && upstreams.length > 0; i++) {
    const asked = outgoing(query, questionEnd);
    const upstream = upstreams[i % upstreams.length]!;
    const reply = await ask(asked, upstream, Math.min(timeoutMs, endMs - performance.now()), limit);
    if (reply !== undefined && !NOT_FINAL.includes(rcodeOf(reply))) return reply;
    last = reply ?? last;
    // asking the only upstream again helps against loss, not against its verdict
    if (reply !== undefined && upstreams.length === 1) break;
  }
  return last;
}

/** A truncated answer is fetched whole over TCP, and passed on as it is where the asker could not take the whole. */
async function ask(asked: Outgoing, upstream: DnsAddress, timeoutMs: number, limit: number) {
  const startMs = performance.now();
  const reply = await exchangeUdp(asked, upstream, timeoutMs);
  if (reply === undefined || (!isTruncated(reply) && reply.length <= limit)) return reply;
  const whole = await exchangeTcp(asked, upstream, Math.max(0, timeoutMs - (performance.now() - startMs)));
  return whole !== undefined && whole.length <= limit ? whole : truncated(reply, asked, limit);
}

/** Cut to the question when even the truncated answer is more than the asker takes. */
function truncated(reply: Buffer, { packet, question }: Outgoing, limit: number): Buffer {
  if (reply.length <= limit) return reply;
  const cut = Buffer.concat([reply.subarray(0, HEADER_BYTES), question]);
  cut[2] = (packet[2]! & 0x79) | 0x82;
  cut.writeUInt16BE(1, 4);
  cut.fill(0, 6, HEADER_BYTES);
  return cut;
}

/** The asker's own id, and its question in the letters it used (some check them, as a nonce). */
function readdressed(reply: Buffer, query: Uint8Array, questionEnd: number): Buffer {
  reply.set(query.subarray(0, 2));
  if (reply.readUInt16BE(4) === 1) reply.set(query.subarray(HEADER_BYTES, questionEnd), HEADER_BYTES);
  return reply;
}
