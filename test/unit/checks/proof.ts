/** A small mesh at rest, broken by hand: what a check must see, and must not see before. */
import { expect } from 'vitest';
import { type Call, type Check, createMemory, type Memory, type Sent } from '../../../sim/checks/check.ts';
import { CHECKS } from '../../../sim/checks/index.ts';
import { createMesh, deploy, type Mesh, runFor, serviceSpec } from '../../../sim/mesh.ts';

export interface Proof {
  /** makes it possible to break, and is no fault itself */
  before?(mesh: Mesh): void;
  /** breaks it */
  doctor?(mesh: Mesh): void;
  sent?(mesh: Mesh): Sent;
  answered?(mesh: Mesh): Partial<Call>;
  /** what the line must say */
  says?: RegExp;
}

/** Three hosts that run three replicas of `web`. */
export function smallMesh(): Mesh {
  const mesh = createMesh({ hosts: 3 });
  runFor(mesh, 4_000);
  deploy(mesh, mesh.hosts[0]!, serviceSpec('web', 3));
  runFor(mesh, 8_000);
  return mesh;
}

export const checkNamed = (name: string): Check => {
  const found = CHECKS.find((check) => check.name === name);
  if (!found) throw new Error(`no check is called ${name}`);
  return found;
};

/** Silent on the sound mesh, and names the fault once it is there, within half a minute. */
export function prove(name: string, proof: Proof): void {
  const check = checkNamed(name);
  const mesh = smallMesh();
  const memory = createMemory();
  proof.before?.(mesh);
  expect(lookAround(mesh, check, memory)).toEqual([]);
  proof.doctor?.(mesh);
  const found = [
    ...(proof.sent && check.sent ? check.sent(mesh, memory, proof.sent(mesh)) : []),
    ...(proof.answered && check.answered
      ? check.answered(mesh, memory, callOf(mesh, proof.answered(mesh)))
      : []),
    ...lookAround(mesh, check, memory),
  ];
  expect(found.join('\n')).toMatch(proof.says ?? /./);
}

/** As the watcher looks, each host once in its turn, then after half a minute again; the mesh itself stands still. */
function lookAround(mesh: Mesh, check: Check, memory: Memory): string[] {
  const found: string[] = [];
  for (const ms of [0, 1_000, 1_000, 30_000, 1_000, 1_000]) {
    mesh.world.now += ms;
    memory.looks += 1;
    found.push(...check.look(mesh, memory));
  }
  return found;
}

const callOf = (mesh: Mesh, call: Partial<Call>): Call => ({
  host: mesh.hosts[0]!,
  command: { command: 'scale', service: 'web', replicas: 3 },
  result: { ok: true, data: null, kept: { others: 0, of: 0 } },
  seqBefore: 0,
  diskBefore: '',
  isAlone: true,
  ...call,
});
