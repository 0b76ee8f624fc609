/** What operators ask of a host, and how the host answers. The same commands for cores and meshes. */
import type { CommandResult } from '../../../protocol/effect.ts';
import type { Command } from '../../../protocol/input.ts';
import type { PortConfig, ServiceMode, ServiceSpec } from '../../../protocol/spec.ts';
import { alive, command, stateOf } from '../../../sim/mesh.ts';
import { coreNamed, feed } from '../cores.ts';
import { type Args, millis, word } from '../parse.ts';
import { type Handler, type Session, serviceId, serviceIn, views } from '../session.ts';
import { hostAt, runMesh } from './mesh.ts';

const NANOS_PER_MS = 1e6;

export const operatorCommands: Record<string, Handler> = {
  /** `deploy web image=web:1 replicas=2 port=8080 on=h2`: the whole specification */
  deploy: (session, args) => {
    const spec = applyOptions(
      { Name: word(args, 0, 'a service'), TaskTemplate: { ContainerSpec: { Image: 'web:1' } } },
      args,
    );
    return give(session, args, { command: 'deploy', stack: null, services: [spec] });
  },

  /** `update web image=web:2 on=h2`: what that host holds, with these changes */
  update: (session, args) => {
    const name = word(args, 0, 'a service');
    const view = views(session).find((candidate) => candidate.name === giver(session, args));
    if (!view) throw new Error('no such host');
    const { spec, ownName } = serviceIn(view, serviceId(session, name));
    return give(session, args, {
      command: 'deploy',
      stack: null,
      services: [applyOptions({ ...spec, Name: ownName }, args)],
    });
  },

  scale: (session, args) =>
    give(session, args, {
      command: 'scale',
      service: word(args, 0, 'a service'),
      replicas: Number(word(args, 1, 'a number')),
    }),

  remove: (session, args) => give(session, args, { command: 'removeServices', services: args.words }),

  drain: (session, args) =>
    give(session, args, { command: 'setAvailability', host: word(args, 0, 'a host'), availability: 'drain' }),

  activate: (session, args) =>
    give(session, args, {
      command: 'setAvailability',
      host: word(args, 0, 'a host'),
      availability: 'active',
    }),
};

/** Options of `deploy` and `update`; those that are not given leave the specification as it is. */
function applyOptions(spec: ServiceSpec, args: Args): ServiceSpec {
  const { options } = args;
  const task = spec.TaskTemplate;
  const health = options.get('health');
  const Healthcheck = health && { Test: ['CMD', 'true'], StartPeriod: millis(health) * NANOS_PER_MS };
  const Image = options.get('image') ?? task.ContainerSpec.Image;
  const constraint = options.get('constraint');
  const restart = RESTART.find((known) => known === options.get('restart'));
  return {
    ...spec,
    TaskTemplate: {
      ...task,
      ContainerSpec: { ...task.ContainerSpec, Image, ...(Healthcheck && { Healthcheck }) },
      ...(constraint && { Placement: { Constraints: constraint.split(',') } }),
      ...(restart && { RestartPolicy: { Condition: restart } }),
    },
    Mode: modeOf(options, spec.Mode),
    EndpointSpec: { Ports: portsOf(options.get('port'), spec.EndpointSpec?.Ports) },
  };
}

const RESTART = ['none', 'on-failure', 'any'] as const;

function modeOf(options: Args['options'], held: ServiceMode | undefined): ServiceMode {
  if (options.get('mode') === 'global') return { Global: {} };
  const replicas = options.get('replicas');
  return replicas === undefined && held ? held : { Replicated: { Replicas: Number(replicas ?? 1) } };
}

/** `port=8080`: that host port; `port=any`: one the engine picks; `port=none`. */
function portsOf(text: string | undefined, held: PortConfig[] | undefined): PortConfig[] {
  if (text === undefined) return held ?? [{ TargetPort: 80, PublishMode: 'host' }];
  if (text === 'none') return [];
  return [{ TargetPort: 80, PublishMode: 'host', ...(text !== 'any' && { PublishedPort: Number(text) }) }];
}

const giver = (session: Session, args: Args): string =>
  args.options.get('on') ??
  (session.mesh ? alive(session.mesh)[0]?.name : [...session.cores.byName.keys()][0]) ??
  '';

function give(session: Session, args: Args, what: Command): string[] {
  const name = giver(session, args);
  return session.mesh ? giveToMesh(session, name, what) : giveToCore(session, name, what);
}

function giveToCore({ cores }: Session, name: string, what: Command): string[] {
  const effects = feed(cores, coreNamed(cores, name), { kind: 'command', request: 1, command: what });
  const reply = effects.find((effect) => effect.kind === 'reply');
  return reply?.kind === 'reply' ? [textOf(reply.result)] : ['no answer yet'];
}

const ANSWER_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 20;
/** an answer that took the whole wait for neighbours, not one that came as fast as disks and links allow */
const LATE_MS = 400;

function giveToMesh(session: Session, name: string, what: Command): string[] {
  const host = hostAt(session, name);
  if (!host.agent || !session.mesh) throw new Error(`${name} has no agent`);
  const answer = command(session.mesh, host, what);
  for (let ms = 0; answer.result === null && ms < ANSWER_WITHIN_MS; ms += LOOK_EVERY_MS)
    runMesh(session, LOOK_EVERY_MS);
  if (answer.result === null) return ['no answer'];
  const late = answer.tookMs >= LATE_MS ? `, after ${Math.round(answer.tookMs / 100) * 100} ms` : '';
  const readOnly = stateOf(host).commands.readOnly === null ? '' : ' (read-only)';
  return [textOf(answer.result) + late + readOnly];
}

function textOf(result: CommandResult): string {
  if (!result.ok)
    return `refused: ${result.failure.code}: ${result.failure.message.replace(/-?\d{5,} s/, '(...) s')}`;
  const { others, of } = result.kept;
  return of === 0 ? 'done' : `done, stored by ${others} of ${of} neighbours`;
}
