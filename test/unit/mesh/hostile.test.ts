import { expect, it } from 'vitest';
import { RUN } from '../../../protocol/records/claim.ts';
import type { Row } from '../../../protocol/records/row.ts';
import { signRow } from '../../../protocol/records/sign.ts';
import { encode } from '../../../protocol/wire/codec.ts';
import { createCrypto, MESH } from '../../../sim/crypto.ts';
import { type Host, killAgent } from '../../../sim/host.ts';
import { commandOk, deploy, type Mesh, runFor, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { readyMesh, starts } from './scenario.ts';

/** Signed by h1, which says what no honest agent would. */
const signed = (liar: Host, row: Pick<Row, 'kind' | 'id' | 'group'>, seq: number, body: unknown): Row =>
  signRow(createCrypto('h1'), MESH, { ...row, origin: liar.id, hlc: 0, epoch: 1, seq, body: encode(body) });

function tell(mesh: Mesh, rows: Row[]): void {
  const [liar, ...others] = mesh.hosts;
  for (const host of others) {
    const message = { type: 'rows', how: 'repair', rows } as const;
    host.agent?.loop.post({ kind: 'message', from: liar!.id, message });
  }
  runFor(mesh, 10_000);
}

function expectNoFailedStep(mesh: Mesh): void {
  for (const host of mesh.hosts) {
    expect(host.agent?.process.logs.filter(({ level }) => level === 'error') ?? []).toEqual([]);
  }
}

const claim = (over: object): object => ({
  ...{ run: RUN.healthy, ran: true, finished: false, term: 0, score: 0, boot: 'none', engineStart: '' },
  ...{ memoryBytes: 0, nanoCpus: 0, image: 'x', container: 'x', containerId: 'x', address: null, ports: [] },
  ...{ since: 0, note: '' },
  ...over,
});

it('an accusation of an incarnation that nobody has yet counts for nothing and is no reason to count up', () => {
  const mesh = readyMesh(2);
  const [liar, victim] = mesh.hosts;
  const body = { incarnation: Number.MAX_SAFE_INTEGER, says: 'unreachable', silentMs: 60_000 };
  const before = stateOf(victim!).membership.incarnation;
  tell(mesh, [signed(liar!, { kind: 'alert', id: victim!.id, group: 'verdict' }, 90_000, body)]);
  expect(stateOf(victim!).membership.incarnation).toBe(before);
  expectNoFailedStep(mesh);
});

it('a dead claim of the highest term ends no step', () => {
  const mesh = readyMesh(3);
  const [liar, other] = mesh.hosts;
  killAgent(liar!);
  runFor(mesh, 12_000);
  deploy(mesh, other!, serviceSpec('web', 2));
  const [service] = stateOf(other!).services.values();
  const { id, generation } = service!;
  const lies = [2 ** 40, Number.MAX_SAFE_INTEGER].map((term, seq) =>
    signed(liar!, { kind: 'claim', id: `${id}.${seq + 3}`, group: generation }, 90_000, claim({ term })),
  );
  tell(mesh, lies);
  commandOk(mesh, other!, { command: 'scale', service: 'web', replicas: 4 });
  runFor(mesh, 15_000);
  expect(stateOf(other!).table.kinds.get('claim')?.has(`${id}.3`)).toBe(true);
  expectNoFailedStep(mesh);
});

it('a host that claims thousands of slots keeps nobody from saying why it took one', () => {
  const mesh = readyMesh(3);
  const [liar, other] = mesh.hosts;
  const { boot, engineStart } = {
    boot: stateOf(liar!).facts.boot,
    engineStart: stateOf(liar!).local.engine!.startId,
  };
  const rows = Array.from({ length: 1_100 }, (_, i) =>
    signed(
      liar!,
      { kind: 'claim', id: `nowhere.${i}`, group: 'g' },
      90_000 + i,
      claim({ boot, engineStart }),
    ),
  );
  tell(mesh, rows);
  deploy(mesh, other!, serviceSpec('web', 3));
  runFor(mesh, 10_000);
  expect(starts(mesh)).toBe(3);
  expectNoFailedStep(mesh);
});
