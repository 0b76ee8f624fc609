/** A simulated mesh: its size, its time, who is on. */

import type { ImageModel } from '../../../protocol/rehearse/engine.ts';
import { restart } from '../../../protocol/rehearse/engine.ts';
import { createMemory } from '../../../sim/checks/check.ts';
import { sameView } from '../../../sim/checks/eventually-same-view.ts';
import { wipe } from '../../../sim/disk.ts';
import { boot, cutPower, type Host, killAgent, startAgent } from '../../../sim/host.ts';
import { alive, createMesh, runFor, runUntilTrue, stateOf } from '../../../sim/mesh.ts';
import { millis, numberOption, word } from '../parse.ts';
import type { Handler, Session } from '../session.ts';

const READY_WITHIN_MS = 10_000;
const REST_MS = 2_000;
const SLICE_MS = 100;
const CPU_STEP_MILLE = 125;
const BUSIEST_MILLE = 875;

/** Images by name: what a container of `slow:1` does does not depend on its tag. */
const IMAGES: Record<string, Partial<ImageModel>> = {
  slow: { healthyMs: 30_000 },
  big: { pullMs: 4_000 },
  sick: { healthyMs: null },
  brief: { exitMs: 1_000, exitCode: 0 },
};

export const meshCommands: Record<string, Handler> = {
  /** `hosts 5 labels=h3:disk=ssd`: h1 is idle and each next one busier, so that auctions have one best host */
  hosts: (session, args) => {
    const [labelled, label] = (args.options.get('labels') ?? '').split(/:(.*)/);
    const [key = '', value = ''] = (label ?? '').split('=');
    const mesh = createMesh({
      hosts: Number(word(args, 0, 'a number')),
      seed: numberOption(args, 'seed', 1),
      image: (name) => IMAGES[name.split(':')[0] ?? ''] ?? {},
      labels: (index) => (`h${index}` === labelled ? { [key]: value } : {}),
    });
    session.mesh = mesh;
    runUntilTrue(
      mesh,
      READY_WITHIN_MS,
      () => sameView.look(mesh, createMemory()).length === 0,
      () => sameView.look(mesh, createMemory()).join(),
    );
    runMesh(session, REST_MS);
  },

  run: (session, args) => runMesh(session, millis(word(args, 0, 'a duration'))),

  /** `kill h3`: its power is cut; `start h3`: it is on again */
  kill: (session, args) => forEach(session, args.words, cutPower),
  start: (session, args) => forEach(session, args.words, boot),

  /** `agent-kill h1`: kill -9 of the agent alone; `agent-start h1` */
  'agent-kill': (session, args) => forEach(session, args.words, killAgent),
  'agent-start': (session, args) => forEach(session, args.words, startAgent),

  /** `wipe h2`: its store is lost; best while its agent is off */
  wipe: (session, args) => forEach(session, args.words, (host) => wipe(host.disk)),

  /** `engine-restart h1`: all its containers end, its agent lives */
  'engine-restart': (session, args) =>
    forEach(session, args.words, (host) => restart(host.engine, `${host.engine.info.startId}+`)),
};

export function hostAt({ mesh }: Session, name: string): Host {
  const found = mesh?.hosts.find((host) => host.name === name);
  if (!found) throw new Error(`no host of the mesh is named ${name}`);
  return found;
}

/** `all` or names. */
export function forEach(session: Session, names: string[], act: (host: Host) => void): void {
  const hosts = names[0] === 'all' ? (session.mesh?.hosts ?? []) : names.map((name) => hostAt(session, name));
  for (const host of hosts) act(host);
}

/** Runs the mesh, and tells each agent what its load meter would. */
export function runMesh(session: Session, ms: number): void {
  const { mesh } = session;
  if (!mesh) throw new Error('there is no mesh yet: begin with `hosts N`');
  for (let left = ms; left > 0; left -= SLICE_MS) {
    for (const host of alive(mesh)) reportLoad(host, mesh.hosts.indexOf(host));
    runFor(mesh, Math.min(SLICE_MS, left));
  }
}

function reportLoad(host: Host, index: number): void {
  const cpuMille = Math.min(BUSIEST_MILLE, index * CPU_STEP_MILLE);
  if (stateOf(host).local.usage.cpuMille !== cpuMille)
    host.agent?.loop.post({ kind: 'load', cpuMille, memoryMille: 0 });
}
