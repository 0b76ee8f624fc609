/**
 * The first stream of every connection (rule T1): both sides show their chain, and one of them, the host with the lower
 * id, says whether this connection is the one to use. Two hosts that dial each other at once thus agree on one of the
 * two connections, and a host that comes back takes over from its half-open past.
 */
import { decode, encode } from '../../protocol/wire/codec.ts';
import { bytes, object, oneOf, optional, text } from '../../protocol/wire/shape.ts';
import type { CallStream } from './frame-stream.ts';

export const GREETING_PROTOCOL = '/shoal/certificate/1';

/** Judges the peer's encoded chain: its host id, or why it is refused. */
export type Judge = (chain: Uint8Array) => { host: string } | { refused: string };

export interface Greeting {
  ownHost: string;
  ownChain: Uint8Array;
  judge: Judge;
  /** asked on the side that decides, when both chains hold: is this connection to be used? */
  choose: (host: string) => boolean;
}

/** `spare`: both are members, but another connection between the two is the one in use. */
export type Outcome = { host: string; use: 'use' | 'spare' };

type Note = { chain?: Uint8Array; refused?: string; step?: 'ok' | 'use' | 'spare' };

/** Throws one line when either side refuses the other. */
export async function greetAsDialer(stream: CallStream, greeting: Greeting): Promise<Outcome> {
  await say(stream, { chain: greeting.ownChain });
  const peer = await judged(stream, greeting);
  await say(stream, { step: 'ok' });
  return decide(stream, greeting, peer);
}

export async function greetAsListener(stream: CallStream, greeting: Greeting): Promise<Outcome> {
  const peer = await judged(stream, greeting);
  await say(stream, { chain: greeting.ownChain });
  await hear(stream);
  return decide(stream, greeting, peer);
}

async function judged(stream: CallStream, greeting: Greeting): Promise<string> {
  const { chain } = await hear(stream);
  const verdict = chain ? greeting.judge(chain) : { refused: 'it showed no certificate' };
  if ('host' in verdict) return verdict.host;
  await say(stream, { refused: verdict.refused });
  throw new Error(`peer is no member: ${verdict.refused}`);
}

async function decide(stream: CallStream, greeting: Greeting, host: string): Promise<Outcome> {
  if (greeting.ownHost < host) {
    const use = greeting.choose(host) ? 'use' : 'spare';
    await say(stream, { step: use });
    return { host, use };
  }
  const { step } = await hear(stream);
  if (step !== 'use' && step !== 'spare') throw new Error('peer did not finish the greeting');
  return { host, use: step };
}

const say = (stream: CallStream, note: Note): Promise<void> => stream.write(encode(note));

const noteCheck = object({
  chain: optional(bytes(0, 64 * 1024)),
  refused: optional(text(500)),
  step: optional(oneOf('ok', 'use', 'spare')),
});

async function hear(stream: CallStream): Promise<Note> {
  const message = await stream.read();
  if (!message) throw new Error('peer left before the greeting was over');
  const note = noteCheck(decode(message), 'greeting');
  if (note.refused !== undefined) throw new Error(`peer refused this host: ${note.refused}`);
  return note;
}
