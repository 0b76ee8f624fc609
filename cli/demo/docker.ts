/** The few calls of Docker's Engine API that the demo needs, over its socket. */
import { type RequestOptions, request } from 'node:http';
import type { Readable } from 'node:stream';

export interface Docker {
  /** as written: unix:///path or tcp://host:port */
  url: string;
  target: RequestOptions;
}

/** Null when the demo cannot use it: another scheme, or another machine, whose ports are not this one's. */
export const dockerAt = (url: string): Docker | null => {
  const unix = /^unix:\/\/(\/.+)$/.exec(url)?.[1];
  if (unix !== undefined) return { url, target: { socketPath: unix } };
  const tcp = /^tcp:\/\/(localhost|127\.\d+\.\d+\.\d+):(\d+)\/?$/.exec(url);
  return tcp ? { url, target: { host: tcp[1], port: tcp[2] } } : null;
};

interface Answer {
  status: number;
  text: string;
}

const CALL_MS = 60_000;

export const callDocker = (
  docker: Docker,
  method: string,
  path: string,
  { body, deadlineMs = CALL_MS }: { body?: Readable; deadlineMs?: number } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/x-tar' } : {};
    const signal = AbortSignal.timeout(deadlineMs);
    const options = { ...docker.target, method, path, headers, signal, agent: false };
    const sent = request(options, async (response) => {
      response.setEncoding('utf8');
      let text = '';
      try {
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode ?? 0, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    if (body) body.on('error', reject).pipe(sent);
    else sent.end();
  });

/** Ids of containers that carry a label, the running ones or all. */
export const containersWith = async (docker: Docker, label: string, all: boolean): Promise<string[]> => {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  const { status, text } = await callDocker(docker, 'GET', `/containers/json?all=${all}&filters=${filters}`);
  if (status !== 200) throw new Error(`Docker at ${docker.url} cannot list containers: ${text.trim()}`);
  const found: { Id: string }[] = JSON.parse(text);
  return found.map(({ Id }) => Id);
};
