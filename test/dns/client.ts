/** dig and raw sockets as askers, and an upstream that answers by the name it is asked. */
import { execFile, execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { type Decoded, decode, encode } from 'dns-packet';
import { createDeframer, frame } from '../../agent/dns/framing.ts';

export const digMissing = (() => {
  try {
    execFileSync('dig', ['-v'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

const run = promisify(execFile);

/** What dig prints for `words`, which are separated by spaces. */
export async function dig(port: number, words: string): Promise<string> {
  const options = ['+tries=1', '+time=5', ...words.split(' ')];
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', `${port}`, ...options]).catch((error) => error);
  return stdout;
}

export async function askUdp(port: number, packet: Uint8Array, deadlineMs = 5_000): Promise<Decoded> {
  const socket = createSocket('udp4');
  const { promise, resolve, reject } = Promise.withResolvers<Decoded>();
  const timer = setTimeout(
    () => reject(new Error(`no answer from port ${port} in ${deadlineMs} ms`)),
    deadlineMs,
  );
  socket.on('error', reject);
  socket.on('message', (reply) => resolve(decode(reply)));
  socket.connect(port, '127.0.0.1', () => socket.send(packet));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

/** Writes the chunks one by one; resolves with the replies once `count` have come or the server hung up. */
export async function askTcp(port: number, chunks: Uint8Array[], count: number): Promise<Decoded[]> {
  const replies: Decoded[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Decoded[]>();
  const socket = connect(port, '127.0.0.1', async () => {
    socket.setNoDelay(true);
    for (const chunk of chunks) await new Promise<void>((written) => socket.write(chunk, () => written()));
  });
  const take = createDeframer((reply) => replies.push(decode(reply)) === count && resolve(replies));
  socket.on('data', take);
  socket.on('close', () => resolve(replies));
  socket.on('error', reject);
  return promise.finally(() => socket.destroy());
}

export interface Upstream {
  port: number;
  /** `udp ok.example.com` for each question that came */
  asked: string[];
  close(): void;
}

/**
 * Says 192.0.2.1 to everything, except to names that begin with: `silent` (nothing), `refused`, `lying` (first a reply
 * under a wrong id, then one to another question), `long` (truncated over UDP, 30 addresses over TCP).
 */
export async function startUpstream(): Promise<Upstream> {
  const asked: string[] = [];
  const udp = createSocket('udp4');
  udp.on('message', (packet, { port, address }) => {
    for (const reply of repliesTo(packet, 'udp', asked)) udp.send(reply, port, address);
  });
  await new Promise<void>((bound) => udp.bind(0, '127.0.0.1', bound));
  const { port } = udp.address();
  const tcp = createServer((socket) => {
    const take = createDeframer((packet) => {
      for (const reply of repliesTo(packet, 'tcp', asked)) socket.write(frame(reply));
    });
    socket.on('data', take).on('error', () => {});
  });
  await new Promise<void>((bound) => tcp.listen(port, '127.0.0.1', bound));
  const close = () => {
    udp.close();
    tcp.close();
  };
  return { port, asked, close };
}

function repliesTo(packet: Buffer, transport: 'udp' | 'tcp', asked: string[]): Buffer[] {
  const { id, questions } = decode(packet);
  const question = questions[0]!;
  asked.push(`${transport} ${question.name}`);
  const address = (data: string) => ({ type: 'A', name: question.name, ttl: 60, data });
  const reply = (over: object) =>
    encode({ type: 'response', id, flags: 0x0180, questions, answers: [address('192.0.2.1')], ...over });
  switch (question.name.toLowerCase().split('.')[0]) {
    case 'silent':
      return [];
    case 'refused':
      return [reply({ flags: 0x0185, answers: [] })];
    case 'lying': {
      const other = [{ ...question, name: 'other.example.com' }];
      const forged = [address('203.0.113.66')];
      return [
        reply({ id: id ^ 1, answers: forged }),
        reply({ questions: other, answers: forged }),
        reply({}),
      ];
    }
    case 'long':
      if (transport === 'udp') return [reply({ flags: 0x0380, answers: [] })];
      return [reply({ answers: Array.from({ length: 30 }, (_, i) => address(`192.0.2.${i}`)) })];
    default:
      return [reply({})];
  }
}
