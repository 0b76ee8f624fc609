// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of compose files
/** Names, variables, several files: what goes beyond the translation of single keys. */
import { describe, expect, it } from 'vitest';
import { stackFault } from '../../../cli/compose/load.ts';
import type { ServiceSpec } from '../../../protocol/spec.ts';
import { load, type Options, withKeys } from './load-text.ts';

const only = (texts: string | string[], options: Options = {}): ServiceSpec => {
  const { services } = load(texts, options);
  expect(services).toHaveLength(1);
  return services[0]!;
};

const envOf = (text: string, options: Options = {}): string[] | undefined =>
  only(text, options).TaskTemplate.ContainerSpec.Env;

describe('the name of the stack', () => {
  const text = 'name: from-file\nservices: {web: {image: b}}';
  it('is the one of the command line, else of the file', () => {
    expect(load(text, { stack: 'given' }).services[0]?.Name).toBe('given_web');
    expect(load(text).services[0]?.Name).toBe('st_web');
  });
  it.each(['tasks', 'hosts', '12', '_a', 'a.b', ''])('%j cannot be one', (name) => {
    expect(stackFault(name)).toBeTypeOf('string');
  });
  it.each(['shop', 'Shop-2', 'a_b'])('%j can', (name) => {
    expect(stackFault(name)).toBeUndefined();
  });
});

describe('variables', () => {
  const cases: [string, string][] = [
    ['$A', 'a'],
    ['${A}', 'a'],
    ['x${A}y$B.z', 'xay.z'],
    ['${A:-d}', 'a'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${NONE-d}', 'd'],
    ['${NONE:-${A}b}', 'ab'],
    ['${NONE:-$${A}', '${A'],
    ['${A:+alt}', 'alt'],
    ['${EMPTY:+alt}', ''],
    ['${EMPTY+alt}', 'alt'],
    ['${NONE+alt}', ''],
    ['${A:?must}', 'a'],
    ['${EMPTY?must}', ''],
    ['$$A and $$', '$A and $'],
    ['${NONE:-a:-b}', 'a:-b'],
  ];
  it.each(cases)('%s -> %j', (written, value) => {
    const env = { A: 'a', B: '', EMPTY: '' };
    expect(envOf(withKeys('environment:', `  X: '${written}'`), { env })).toEqual([`X=${value}`]);
  });

  it('fill numbers, flags and ports too', () => {
    const text = withKeys('init: ${I}', 'ports: ["${P}:80"]', 'deploy: {replicas: "${N:-2}"}');
    const spec = only(text, { env: { I: 'true', P: '8080' } });
    expect(spec.TaskTemplate.ContainerSpec.Init).toBe(true);
    expect(spec.Mode).toEqual({ Replicated: { Replicas: 2 } });
    expect(spec.EndpointSpec?.Ports?.[0]?.PublishedPort).toBe(8080);
  });

  it('that are not set are noted with their place', () => {
    const { notes } = load(withKeys('environment: {X: "$NONE"}'));
    expect(notes).toMatchObject([{ at: { line: 4 }, key: 'services.web.environment.X' }]);
    expect(notes[0]?.message).toBe('the variable NONE is not set: left empty');
  });

  it('come from the caller first, then from .env beside the file', () => {
    const beside = {
      '.env': '# a comment\nA=file\nB="two words" # why\nexport C=\'$A\'\nD=${A}-$B\nE=x # y\nF="a\\nb"\n',
    };
    const text = withKeys('environment: [A=$A, B=$B, C=$C, D=$D, E=$E, F=$F, B2]');
    expect(envOf(text, { env: { A: 'caller' }, beside })).toEqual([
      'A=caller',
      'B2',
      'B=two words',
      'C=$A',
      'D=caller-two words',
      'E=x',
      'F=a\nb',
    ]);
  });

  it('without a value are taken from the caller', () => {
    expect(envOf(withKeys('environment: {A: , B: null, C: ""}'), { env: { A: '1' } })).toEqual([
      'A=1',
      'B',
      'C=',
    ]);
  });
});

describe('merge keys', () => {
  it('let the map itself win, then earlier maps', () => {
    const text = [
      'x-a: &a {image: a, user: "1", init: true}',
      'x-b: &b {image: b, user: "2", hostname: h}',
      'services: {web: {<<: [*b, *a], image: own}}',
    ].join('\n');
    const container = only(text).TaskTemplate.ContainerSpec;
    expect(container).toMatchObject({ Image: 'own:latest', User: '2', Hostname: 'h', Init: true });
  });
});

describe('several files', () => {
  const base = withKeys(
    'command: run it',
    'environment: {A: 1, B: 1}',
    'ports: ["80:80"]',
    'healthcheck: {test: a, interval: 5s}',
    'deploy: {replicas: 1, labels: {l: a}, placement: {constraints: [node.id == a]}, resources: {limits: {memory: 1g}}}',
  );
  it('later ones win key by key; ports and constraints grow', () => {
    const over = [
      'services:',
      '  web:',
      '    command: ["do"]',
      '    environment: [B=2, C=2]',
      '    ports: ["81:81", "80:80"]',
      '    healthcheck: {disable: true}',
      '    deploy: {replicas: 3, placement: {constraints: [node.id != b]}, resources: {limits: {cpus: "2"}}}',
      '  db: {image: db}',
    ].join('\n');
    const { services } = load([base, over]);
    expect(services.map(({ Name }) => Name)).toEqual(['st_web', 'st_db']);
    const [web] = services;
    expect(web?.TaskTemplate).toMatchObject({
      ContainerSpec: {
        Image: 'busybox:latest',
        Args: ['do'],
        Env: ['A=1', 'B=2', 'C=2'],
        Healthcheck: { Test: ['NONE'] },
      },
      Resources: { Limits: { NanoCPUs: 2e9, MemoryBytes: 1024 ** 3 } },
      Placement: { Constraints: ['node.id == a', 'node.id != b'] },
    });
    expect(web?.EndpointSpec?.Ports?.map(({ PublishedPort }) => PublishedPort)).toEqual([80, 81]);
    expect(web?.Labels).toMatchObject({ l: 'a' });
    expect(web?.Mode).toEqual({ Replicated: { Replicas: 3 } });
  });

  it('one file after itself changes nothing', () => {
    expect(load([base, base]).services).toEqual(load(base).services);
  });
});

describe('ports', () => {
  it('keep their name in the long form, and any free port is left to the engine', () => {
    const text = withKeys(
      'ports: [{name: http, target: 80, published: "8080", protocol: udp, mode: host}, {target: 81, published: 0}]',
    );
    expect(only(text).EndpointSpec).toEqual({
      Ports: [
        { Protocol: 'tcp', TargetPort: 81, PublishMode: 'host' },
        { Name: 'http', Protocol: 'udp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
      ],
    });
  });
});

describe('restart', () => {
  it('`no` is passed on, which docker stack deploy forgets', () => {
    expect(only(withKeys('restart: no')).TaskTemplate.RestartPolicy).toEqual({ Condition: 'none' });
  });
});
