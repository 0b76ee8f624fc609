/** `ports` of a service. Every port is published on the hosts that run a task (Docker's mode `host`). */
import type { PortConfig } from '../../../protocol/spec.ts';
import {
  expected,
  readChoice,
  readInteger,
  readList,
  readParsed,
  readText,
  reject,
  type Scope,
} from '../read.ts';
import type { Value } from '../tree.ts';
import { field, honoured, type Keys, noEffect, readKeys, refused } from './key.ts';

interface PortDraft {
  name?: string;
  protocol?: 'tcp' | 'udp';
  target?: number;
  published?: number;
}

const PROTOCOLS = ['tcp', 'udp'] as const;
const SHORT_FORM = 'a port such as 8080:80, 80/udp or 3000-3002:80-82';

const readPort = (value: Value, scope: Scope): number | undefined =>
  readInteger(value, scope, 1, 65_535, 'a port, 1 to 65535');

export const LONG_PORT_KEYS: Keys<PortDraft> = {
  app_protocol: noEffect('no traffic is routed by it'),
  host_ip: refused('remove it: a port is published on every address of its host'),
  mode: honoured((value, _, scope) => {
    const mode = readChoice(value, scope, ['host', 'ingress']);
    if (mode === 'ingress') {
      reject(value, scope, 'ingress (one port on every host) is not supported yet; write mode: host');
    }
  }),
  name: field('name', readText),
  protocol: field('protocol', (value, scope) => readChoice(value, scope, PROTOCOLS)),
  published: field('published', (value, scope) =>
    readInteger(value, scope, 0, 65_535, 'a port, 1 to 65535, or 0 for any free one'),
  ),
  target: field('target', readPort),
};

const portConfig = ({
  name,
  protocol = 'tcp',
  target,
  published = 0,
}: PortDraft & { target: number }): PortConfig => ({
  ...(name === undefined ? {} : { Name: name }),
  Protocol: protocol,
  TargetPort: target,
  ...(published === 0 ? {} : { PublishedPort: published }),
  PublishMode: 'host',
});

const readLong = (value: Value, scope: Scope): PortConfig[] | undefined => {
  const draft: PortDraft = {};
  readKeys(LONG_PORT_KEYS, value, draft, scope);
  const { target } = draft;
  if (target !== undefined) return [portConfig({ ...draft, target })];
  // a target that is wrong has been reported already
  const isMissing = value.kind === 'map' && !value.entries.has('target');
  return isMissing ? reject(value, scope, 'expected target, the port inside the container') : undefined;
};

/** `80` or `80-82` -> first and last. */
const parseRange = (text: string): { first: number; last: number } | undefined => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return last < first || last > 65_535 ? undefined : { first, last };
};

/** Ports as [target, published], published 0 for any free one. */
const pairPorts = (targets: string, published: string | undefined): [number, number][] | undefined => {
  const inside = parseRange(targets);
  const outside = parseRange(published ?? '0');
  if (!inside || inside.first === 0 || !outside) return undefined;
  const isFree = outside.last === 0;
  if (!isFree && outside.last - outside.first !== inside.last - inside.first) return undefined;
  const count = inside.last - inside.first + 1;
  return Array.from({ length: count }, (_, step) => [inside.first + step, isFree ? 0 : outside.first + step]);
};

const readShort = (value: Value, scope: Scope): PortConfig[] | undefined => {
  const text = readParsed(value, scope, SHORT_FORM, (written) => written);
  if (text === undefined) return undefined;
  const [ports = '', protocolText = 'tcp', ...rest] = text.split('/');
  const parts = ports.split(':');
  const protocol = PROTOCOLS.find((known) => known === protocolText.toLowerCase());
  if (!protocol || rest.length > 0) return reject(value, scope, `expected /tcp or /udp, found '${text}'`);
  if (parts.length > 2) {
    return reject(
      value,
      scope,
      `an address before the port is not supported yet; write "${parts.slice(-2).join(':')}"`,
    );
  }
  const pairs = pairPorts(parts.at(-1)!, parts.length === 2 ? parts[0] : undefined);
  if (!pairs) return expected(value, scope, SHORT_FORM);
  return pairs.map(([target, published]) => portConfig({ protocol, target, published }));
};

/** Two tasks of one service may share a host, but one container cannot publish a port twice. */
const isSame = (a: PortConfig, b: PortConfig): boolean =>
  a.Protocol === b.Protocol &&
  a.PublishedPort === b.PublishedPort &&
  (a.PublishedPort !== undefined || a.TargetPort === b.TargetPort);

export const readPorts = (value: Value, scope: Scope): PortConfig[] | undefined => {
  const seen: PortConfig[] = [];
  readList(value, scope, 'ports', (item, inner) => {
    const ports = (item.kind === 'scalar' ? readShort(item, inner) : readLong(item, inner)) ?? [];
    for (const port of ports) {
      const name = `${port.PublishedPort ?? port.TargetPort}/${port.Protocol}`;
      if (seen.some((other) => isSame(other, port))) reject(item, inner, `${name} is listed twice; keep one`);
      else seen.push(port);
    }
    return ports;
  });
  return value.kind === 'list' ? seen : undefined;
};
