/** Joins the pure answer to the forwarder: what every socket calls for each packet. */
import { type Answer, answer, type Transport } from '../../protocol/naming/answer.ts';
import { RCODE, TCP_BYTES_MAX } from '../../protocol/naming/wire.ts';
import type { Zone } from '../../protocol/naming/zone.ts';
import type { Forwarder } from './forward.ts';

export type Respond = (
  packet: Buffer,
  transport: Transport,
  asker: string,
  send: (reply: Uint8Array) => void,
) => void;

export function createResponder(zone: Zone, forwarder: Forwarder): Respond {
  const out = Buffer.alloc(TCP_BYTES_MAX);
  return (packet, transport, asker, send) => {
    zone.recursive = forwarder.available();
    const rotation = Math.floor(Math.random() * 2 ** 32);
    const { verdict, length, limit }: Answer = answer(packet, transport, asker, zone, rotation, out);
    if (verdict === 'drop') return;
    // the socket may send later than the next answer is written
    const reply = Buffer.from(out.subarray(0, length));
    if (verdict === 'reply') {
      send(reply);
      return;
    }
    const query = Buffer.from(packet);
    void forwarder.forward(query, asker, limit).then((found) => send(found ?? asFailure(reply)));
  };
}

/** The prepared refusal, as "no upstream could say". */
function asFailure(refusal: Buffer): Buffer {
  refusal[3] = (refusal[3]! & 0xf0) | RCODE.SERVFAIL;
  return refusal;
}
