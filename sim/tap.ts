/** Every message that leaves a host, and what comes in on its connections, written out in full for a timeline. */
import type { HostId } from '../protocol/identity.ts';
import type { Row } from '../protocol/records/row.ts';
import type { Millis } from '../protocol/time.ts';
import { decode } from '../protocol/wire/codec.ts';
import type { Message } from '../protocol/wire/message.ts';
import type { Agent, Host } from './host.ts';
import type { Timeline } from './timeline.ts';

/** Replaces the host's wire by one that also writes down; what passes is the same. */
export function tapMessages(
  host: Host,
  startMs: Millis,
  names: Map<HostId, string>,
  timeline: Timeline,
): void {
  const { wire } = host;
  const { send, broadcast, opened } = wire;
  const line = (text: string): void =>
    void timeline.lines.push({ atMs: host.world.now - startMs, host: host.name, kind: 'message', text });
  const nameOf = (id: HostId): string => names.get(id) ?? id.slice(0, 6);
  wire.send = (from, to, message) => {
    line(`-> ${nameOf(to)} ${messageText(message, names)}`);
    send(from, to, message);
  };
  wire.broadcast = (from, message) => {
    line(`-> all ${messageText(message, names)}`);
    broadcast(from, message);
  };
  const listen = (agent: Agent): void => {
    const { post } = agent.loop;
    agent.loop.post = (event) => {
      if (event.kind === 'message') line(`<- ${nameOf(event.from)} ${messageText(event.message, names)}`);
      post(event);
    };
  };
  wire.opened = (agent) => {
    opened(agent);
    listen(agent);
  };
  if (host.agent) listen(host.agent);
}

function messageText(message: Message, names: Map<HostId, string>): string {
  if (message.type === 'rows')
    return `rows (${message.how}) ${message.rows.map((row) => rowText(row, names)).join('; ')}`;
  const { type, ...rest } = message;
  return `${type} ${JSON.stringify(rest, compact)}`;
}

const rowText = ({ kind, id, group, origin, epoch, seq, body }: Row, names: Map<HostId, string>): string =>
  `${kind}/${id}/${group} of ${names.get(origin) ?? origin.slice(0, 6)} ${epoch}.${seq} ${JSON.stringify(decode(body), compact)}`;

/** Bytes by their length; a table of buckets by how many are not empty. */
function compact(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Uint32Array)
    return `${value.filter((word) => word !== 0).length} words of ${value.length}`;
  return value;
}
