/** Each invariant can fail: a sound mesh is broken by hand in one place, and that check names it. */
import { describe, expect, it } from 'vitest';
import { insertEntry } from '../../../protocol/crdt/table.ts';
import { failure } from '../../../protocol/errors.ts';
import { RUN } from '../../../protocol/records/claim.ts';
import { rowKey } from '../../../protocol/records/row.ts';
import { die } from '../../../protocol/rehearse/engine.ts';
import { CHECKS } from '../../../sim/checks/index.ts';
import { killAgent } from '../../../sim/host.ts';
import { stateOf } from '../../../sim/mesh.ts';
import { claimOf, containerOf, dropRow, hostOf, peerOf, rowsOf, taskOn, writeClaim } from './edit.ts';
import { type Proof, prove } from './proof.ts';

const ANYTIME: Record<string, Proof> = {
  'nothing of others touched': {
    doctor: (mesh) => void hostOf(mesh, 1).engine.touched.push('stop theirs'),
  },
  'nobody judges itself gone': {
    doctor: (mesh) =>
      void stateOf(hostOf(mesh, 1)).membership.peers.set(hostOf(mesh, 1).id, peerOf(mesh, 1, 2)),
  },
  'incarnations only rise': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 1)).meta.seq -= 1;
    },
  },
  'no live host is declared dead': {
    doctor: (mesh) => {
      peerOf(mesh, 1, 2).state = 'failed';
    },
    says: /h1 judges h2 failed/,
  },
  'the dead are noticed': { doctor: (mesh) => killAgent(hostOf(mesh, 2)), says: /h1 sees h2/ },
  'nobody is judged without an accuser': {
    doctor: (mesh) => {
      Object.assign(peerOf(mesh, 1, 2), { state: 'failed', failedIncarnation: 1e9 });
    },
  },
  'nothing leaves that is not on disk': {
    sent: (mesh) => {
      const [from, row] = [
        hostOf(mesh, 1),
        rowsOf(hostOf(mesh, 1), 'host').find((r) => r.origin === hostOf(mesh, 1).id)!,
      ];
      return {
        from,
        to: null,
        message: { type: 'rows', how: 'flood', rows: [{ ...row, seq: row.seq + 1e6 }] },
      };
    },
  },
  'what is confirmed is on disk': {
    sent: (mesh) => {
      const [from, to] = [hostOf(mesh, 1), hostOf(mesh, 2).id];
      const row = rowsOf(from, 'host').find((r) => r.origin === to)!;
      from.disk.rows.delete(rowKey(row));
      return { from, to, message: { type: 'stored', epoch: row.epoch, seqs: [row.seq] } };
    },
  },
  'done means stored here': {
    doctor: (mesh) => {
      const [row] = rowsOf(hostOf(mesh, 1), 'service');
      hostOf(mesh, 1).disk.rows.delete(rowKey(row!));
    },
    answered: () => ({}),
  },
  'refused means nothing was done': {
    answered: () => ({ result: { ok: false, failure: failure('NOT_FOUND', 'none') }, diskBefore: ' other' }),
  },
  'a write touches only what it changes': { answered: () => ({}), says: /wrote TaskTemplate/ },
  'no number is used twice': {
    doctor: () => undefined,
    sent: (mesh) => {
      const from = hostOf(mesh, 1);
      const row = rowsOf(from, 'host').find((r) => r.origin === from.id)!;
      const forged = { ...row, sig: row.sig.map((byte) => byte ^ 1) };
      return { from, to: null, message: { type: 'rows', how: 'flood', rows: [row, forged] } };
    },
  },
  'versions only rise': {
    doctor: (mesh) => {
      for (const service of stateOf(hostOf(mesh, 1)).services.values()) service.version -= 1;
    },
  },
  'the removed do not come back': {
    doctor: (mesh) => {
      const { table } = stateOf(hostOf(mesh, 1));
      const [row] = rowsOf(hostOf(mesh, 1), 'service');
      const removed = { ...row!, group: 'removed' };
      insertEntry(table, rowKey(removed), { row: removed, body: {} });
    },
  },
  'digests are of what is held': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 2)).table.digest[0] ^= 1;
    },
  },
  'indexes hold what the table holds': {
    doctor: (mesh) => void stateOf(hostOf(mesh, 2)).table.rows.delete(rowKey(claimOf(mesh, 2).row)),
  },
  'no clock runs away': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 1)).meta.hlc += 2048 * 1e8;
    },
  },
  'no host takes more than it has': {
    doctor: (mesh) => {
      claimOf(mesh, 2).body.memoryBytes = 2 ** 50;
    },
  },
  'a dead agent stops nothing': {
    before: (mesh) => killAgent(hostOf(mesh, 2)),
    doctor: (mesh) => void hostOf(mesh, 2).engine.containers.delete(containerOf(mesh, 2).name),
  },
  'one holder of a slot on each side': {
    doctor: (mesh) => {
      containerOf(mesh, 2).claim = containerOf(mesh, 1).claim;
    },
  },
  'no container without a claim': {
    doctor: (mesh) => {
      claimOf(mesh, 2).body.container = 'another';
    },
  },
  'no claim without its container': {
    doctor: (mesh) => {
      claimOf(mesh, 2).body.container = 'another';
    },
  },
  'no dead endpoint is answered': {
    doctor: (mesh) => die(hostOf(mesh, 2).engine, containerOf(mesh, 2).name, 1),
    says: /h1 answers web.*h2, which is dead/,
  },
  "no name leads to another's container": {
    doctor: (mesh) => {
      containerOf(mesh, 2).claim = 'other.1|generation';
    },
  },
  'endpoints of failed hosts are not answered': {
    doctor: (mesh) => {
      peerOf(mesh, 1, 2).state = 'failed';
    },
  },
  'rows of an older boot are not answered': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 1))
        .table.kinds.get('claim')!
        .forEach((object) => {
          for (const entry of object.values()) Object.assign(entry.body as object, { boot: 'older' });
        });
    },
  },
  'nothing healthy moves without a cause': {
    doctor: (mesh) => void hostOf(mesh, 2).engine.containers.delete(containerOf(mesh, 2).name),
  },
  'the original stays, the replacement yields': {
    doctor: (mesh) => {
      const { row, body } = claimOf(mesh, 2);
      writeClaim(hostOf(mesh, 1), row.id, row.group, { ...body, term: 5 });
      const [younger] = rowsOf(hostOf(mesh, 1), 'claim').filter(
        (r) => r.id === row.id && r.origin === hostOf(mesh, 1).id,
      );
      insertEntry(stateOf(hostOf(mesh, 2)).table, rowKey(younger!), {
        row: younger!,
        body: { ...body, term: 5 },
      });
      Object.assign(body, { run: RUN.released, note: 'yielded to h1, which outranks this claim' });
    },
  },
  'a running claim voids the losing bids': {
    doctor: (mesh) => {
      const { row, body } = claimOf(mesh, 2);
      const bid = { ...row, origin: hostOf(mesh, 3).id };
      insertEntry(stateOf(hostOf(mesh, 2)).table, rowKey(bid), {
        row: bid,
        body: { ...body, run: RUN.bidding, ran: false },
      });
    },
  },
  'nobody bids against a holder': {
    doctor: (mesh) => {
      const { row, body } = claimOf(mesh, 2);
      const bid = { ...row, origin: hostOf(mesh, 3).id };
      const { table } = stateOf(hostOf(mesh, 3));
      insertEntry(table, rowKey(bid), { row: bid, body: { ...body, run: RUN.bidding, ran: false, term: 9 } });
    },
  },
  'queues and maps are bounded': {
    doctor: (mesh) => {
      for (let i = 0; i < 1_000; i++) stateOf(hostOf(mesh, 2)).timers.set(`${i}`, i);
    },
  },
  'a restart would lose nothing': {
    doctor: (mesh) => void hostOf(mesh, 2).disk.rows.delete(rowKey(claimOf(mesh, 2).row)),
  },
  'who returns waits for the others': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 2)).local.resumed = false;
      hostOf(mesh, 2).engine.started.push({ claim: 'other.1|generation', name: 'early' });
    },
  },
  'a name belongs to its first creator': {
    doctor: (mesh) => {
      for (const service of stateOf(hostOf(mesh, 2)).services.values()) service.conflict = 'another';
    },
  },
  'no step fails': {
    doctor: (mesh) => {
      const log = {
        at: mesh.world.now + 1,
        level: 'error',
        text: 'a step failed: its input is dropped',
        data: {},
      };
      hostOf(mesh, 2).agent!.process.logs.push(log);
    },
  },
  'constraints hold where things start': {
    doctor: (mesh) => {
      const { row, body } = claimOf(mesh, 2);
      for (const service of stateOf(hostOf(mesh, 2)).services.values())
        service.spec.TaskTemplate.Placement = { Constraints: ['node.labels.disk==ssd'] };
      const taken = { ...row, id: row.id.replace(/\d+$/, '9') };
      insertEntry(stateOf(hostOf(mesh, 2)).table, rowKey(taken), { row: taken, body });
    },
  },
  'an update keeps the service up': {
    doctor: (mesh) => {
      for (const service of stateOf(hostOf(mesh, 1)).services.values()) service.generation += 'newer';
      containerOf(mesh, 2).claim = 'other.1|generation';
    },
  },
};

const AT_REST: Record<string, Proof> = {
  'same state everywhere': { doctor: (mesh) => void dropRow(hostOf(mesh, 2), claimOf(mesh, 2).row) },
  'true view of the hosts': {
    doctor: (mesh) => {
      peerOf(mesh, 1, 2).state = 'suspect';
    },
  },
  'same DNS zone everywhere': {
    doctor: (mesh) => {
      taskOn(mesh, 1, 2).slot = '7';
    },
  },
  'one container per slot': { doctor: (mesh) => die(hostOf(mesh, 2).engine, containerOf(mesh, 2).name, 1) },
  'one true endpoint per slot': {
    doctor: (mesh) => die(hostOf(mesh, 2).engine, containerOf(mesh, 2).name, 1),
  },
  'nothing acknowledged is lost': {
    doctor: (mesh) => void dropRow(hostOf(mesh, 2), [...mesh.acknowledged.values()][0]!),
    says: /h2 lacks/,
  },
  'every host answers alike': {
    doctor: (mesh) => {
      claimOf(mesh, 2).body.image = 'web:9';
    },
  },
  'every live host takes part': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 2)).local.resumed = false;
    },
  },
  'nothing is left to do': {
    doctor: (mesh) => {
      for (const work of stateOf(hostOf(mesh, 2)).local.work.values()) work.phase = 'pulling';
    },
  },
  'an empty slot says why': {
    doctor: (mesh) => void dropRow(hostOf(mesh, 2), claimOf(mesh, 2).row),
  },
  'no ended container is left behind': {
    doctor: (mesh) => die(hostOf(mesh, 2).engine, containerOf(mesh, 2).name, 1),
  },
  'every slot that some host admits is held': {
    doctor: (mesh) => {
      const { row } = claimOf(mesh, 2);
      dropRow(hostOf(mesh, 1), rowsOf(hostOf(mesh, 1), 'claim').find((r) => r.id === row.id)!);
    },
  },
};

const AT_THE_END: Record<string, Proof> = {
  'merging in any order ends alike': {
    doctor: (mesh) => {
      stateOf(hostOf(mesh, 1)).table.digest[0] ^= 1;
    },
  },
  'a restart brings the same state': {
    doctor: (mesh) => void hostOf(mesh, 2).disk.rows.delete(rowKey(claimOf(mesh, 2).row)),
  },
  'DNS answers what runs': {
    doctor: (mesh) => {
      taskOn(mesh, 1, 2).hostAddress = '10.9.9.9';
    },
  },
  'every placement can be asked why': {
    doctor: (mesh) => void dropRow(hostOf(mesh, 2), claimOf(mesh, 2).row),
  },
  'what was removed is gone': {
    doctor: (mesh) => {
      const [row] = [...mesh.acknowledged.values()];
      mesh.acknowledged.set('removal', { ...row!, kind: 'service', group: 'removed' });
    },
  },
  'state does not grow with time': {
    doctor: (mesh) => {
      const [row] = rowsOf(hostOf(mesh, 2), 'host');
      const ghost = { ...row!, origin: 'ghost' };
      insertEntry(stateOf(hostOf(mesh, 2)).table, rowKey(ghost), { row: ghost, body: {} });
      const other = { ...row!, id: 'ghost', group: 'again' };
      insertEntry(stateOf(hostOf(mesh, 2)).table, rowKey(other), { row: other, body: {} });
    },
  },
};

const PROOFS = { ...ANYTIME, ...AT_REST, ...AT_THE_END };

describe('each check can fail', () => {
  for (const [name, proof] of Object.entries(PROOFS)) it(name, () => prove(name, proof));

  it('is proved of every one', () => {
    expect(Object.keys(PROOFS).sort()).toEqual(CHECKS.map(({ name }) => name).sort());
  });
});
