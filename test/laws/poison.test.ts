/**
 * A core among members that may write anything that is theirs to write and validates: no row, and no order of rows, may
 * end a step or a query. One host with a fault, or of a later version, must never take the others down.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAgent, step } from '../../protocol/agent.ts';
import { defaultConfig } from '../../protocol/config.ts';
import type { Event } from '../../protocol/input.ts';
import { freshness, listHosts } from '../../protocol/queries/hosts.ts';
import { listServices, serviceDetail } from '../../protocol/queries/services.ts';
import { tasksOf } from '../../protocol/queries/tasks.ts';
import { whyService } from '../../protocol/queries/why.ts';
import type { Row } from '../../protocol/records/row.ts';
import { signRow } from '../../protocol/records/sign.ts';
import { GROUPS } from '../../protocol/services/read.ts';
import type { State } from '../../protocol/state.ts';
import { hlcFromWall } from '../../protocol/time.ts';
import { encode } from '../../protocol/wire/codec.ts';
import { chainOf, createCrypto, hostIdOf, MESH } from '../../sim/crypto.ts';
import { HOSTS, NAMES, SERVICES } from './bodies.ts';
import { ALL_KINDS, wildRows } from './rows.ts';

const RUNS = Number(process.env.LAW_RUNS ?? 200);
const WALL_MS = 1_772_323_200_000;
const SELF = 'eve';
const CRYPTO = new Map(NAMES.map((name) => [hostIdOf(name), createCrypto(name)]));

const sign = (row: Omit<Row, 'sig'>): Row => signRow(CRYPTO.get(row.origin)!, MESH, row);

/** What members say first: who they are. */
const CERTIFICATES: Row[] = NAMES.map((name) => {
  const origin = hostIdOf(name);
  const body = encode({ chain: chainOf(name, 'operator', WALL_MS) });
  return sign({ kind: 'member', id: origin, group: 'chain', origin, hlc: 1, epoch: 1, seq: 1, body });
});

/** A well-formed service, of which single groups are replaced by anything. */
const SERVICE: Record<string, unknown> = {
  [GROUPS.name]: 'web',
  [GROUPS.task]: {
    ContainerSpec: { Image: 'web:1', Env: ['A=b'] },
    Resources: { Limits: { NanoCPUs: 1e9 } },
  },
  [GROUPS.mode]: { Replicated: { Replicas: 2 } },
  [GROUPS.hostPorts]: [{ TargetPort: 81, PublishedPort: 8081, PublishMode: 'host' }],
};

const json = fc.jsonValue({ maxDepth: 2 });
const groupValue = fc.oneof(
  { weight: 3, arbitrary: json },
  fc.constantFrom<unknown>(
    { Replicated: { Replicas: -1 } },
    { Replicated: { Replicas: 1e12 } },
    { Replicated: 'x' },
    { Global: 1 },
  ),
  fc.constantFrom<unknown>(
    { ContainerSpec: null },
    { ContainerSpec: { Image: 7, Env: 'x' } },
    { ContainerSpec: {} },
  ),
  json.map((value) => ({ ContainerSpec: { Image: 'web:1', Env: value, Labels: value, Healthcheck: value } })),
  json.map((value) => ({
    ContainerSpec: { Image: 'web:1' },
    Placement: value,
    Resources: value,
    RestartPolicy: value,
  })),
  json.map((value) => ({ ContainerSpec: { Image: 'web:1' }, Placement: { Constraints: value } })),
  json.map((value) => ({ Ports: [{ TargetPort: value, PublishedPort: value, Protocol: value }] })),
);

const serviceRows: fc.Arbitrary<Row[]> = fc
  .tuple(
    fc.constantFrom(...SERVICES),
    fc.constantFrom(...HOSTS),
    fc.constantFrom(...Object.values(GROUPS)),
    groupValue,
  )
  .map(([id, origin, spoilt, value]) => {
    const groups = Object.entries({ ...SERVICE, [spoilt]: value });
    return groups.map(([group, content], seq) =>
      sign({
        ...{ kind: 'service', id, group, origin, hlc: hlcFromWall(WALL_MS) + 5, epoch: 1, seq: 50 + seq },
        body: encode({ writes: 1, value: content }),
      }),
    );
  });

const memberRows = wildRows(ALL_KINDS, 6).map((rows) =>
  rows.filter(({ kind }) => kind !== 'member').map(sign),
);

interface Driver {
  state: State;
  now: number;
  timers: { at: number; timer: string; token: number }[];
}

function feed(driver: Driver, event: Event): void {
  const input = { now: driver.now, wall: WALL_MS + driver.now, ...event };
  for (const effect of step(driver.state, input)) {
    if (effect.kind === 'timer') driver.timers.push({ ...effect, at: driver.now + effect.afterMs });
  }
}

function runFor(driver: Driver, ms: number): void {
  const end = driver.now + ms;
  for (let due = next(driver, end); due; due = next(driver, end)) {
    driver.now = due.at;
    driver.timers.splice(driver.timers.indexOf(due), 1);
    feed(driver, { kind: 'timer', timer: due.timer, token: due.token });
  }
  driver.now = end;
}

const next = (driver: Driver, end: number): Driver['timers'][number] | undefined =>
  driver.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];

const ENGINE = {
  kind: 'docker' as const,
  version: '28',
  startId: 'e1',
  os: 'linux',
  arch: 'x86_64',
  memoryBytes: 2e9,
  nanoCpus: 2e9,
};

function start(): Driver {
  const identity = {
    self: hostIdOf(SELF),
    mesh: MESH,
    role: 'operator' as const,
    chain: chainOf(SELF, 'operator', WALL_MS),
  };
  const facts = { name: SELF, address: '10.0.0.9', port: 7946, labels: {}, boot: 'b1', version: '0.1.0' };
  const restored = { identity, facts, rows: [], meta: { epoch: 1, seq: 0, hlc: 0 }, seed: 1 };
  const driver: Driver = {
    state: createAgent(defaultConfig(), restored, createCrypto(SELF)),
    now: 0,
    timers: [],
  };
  feed(driver, { kind: 'start' });
  feed(driver, { kind: 'engine', event: { event: 'up', info: ENGINE } });
  feed(driver, { kind: 'engine', event: { event: 'inventory', containers: [] } });
  feed(driver, { kind: 'peerUp', host: HOSTS[0]! });
  feed(driver, {
    kind: 'message',
    from: HOSTS[0]!,
    message: { type: 'rows', how: 'repair', rows: CERTIFICATES },
  });
  runFor(driver, 1_000);
  return driver;
}

function hear(rows: Row[]): Driver {
  const driver = start();
  for (const how of ['flood', 'repair'] as const) {
    feed(driver, { kind: 'message', from: HOSTS[0]!, message: { type: 'rows', how, rows } });
    runFor(driver, 1_500);
  }
  ask(driver.state);
  return driver;
}

function ask(state: State): void {
  listHosts(state);
  listServices(state);
  freshness(state);
  for (const service of state.services.values()) {
    serviceDetail(state, service);
    tasksOf(state, service, true);
    whyService(state, service, null);
  }
}

test('an ordinary service is heard, placed and shown', () => {
  const id = SERVICES[0]!;
  const origin = HOSTS[0]!;
  const rows = Object.entries(SERVICE).map(([group, value], seq) => {
    const stamps = { hlc: hlcFromWall(WALL_MS) + 5, epoch: 1, seq: 50 + seq };
    return sign({
      kind: 'service',
      id,
      group,
      origin,
      ...stamps,
      body: encode({ writes: 1, value }),
    });
  });
  const { state } = hear(rows);
  expect(listServices(state).map(({ name }) => name)).toEqual(['web']);
  expect(state.local.work.size).toBeGreaterThan(0);
});

test('no row of a member ends a step or a query', () => {
  fc.assert(
    fc.property(memberRows, (rows) => void hear(rows)),
    { numRuns: RUNS },
  );
});

test('no service, however it is specified, ends a step or a query', () => {
  fc.assert(
    fc.property(fc.tuple(serviceRows, memberRows), (rows) => void hear(rows.flat())),
    { numRuns: RUNS },
  );
});
