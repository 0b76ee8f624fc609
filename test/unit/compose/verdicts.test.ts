/** Every key of the Compose specification has a verdict, on every level that is read. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DEPLOY_KEYS,
  LIMIT_KEYS,
  PLACEMENT_KEYS,
  RESERVATION_KEYS,
  RESOURCE_KEYS,
} from '../../../cli/compose/keys/deploy.ts';
import { HEALTHCHECK_KEYS } from '../../../cli/compose/keys/healthcheck.ts';
import type { Key } from '../../../cli/compose/keys/key.ts';
import { LONG_PORT_KEYS } from '../../../cli/compose/keys/ports.ts';
import { RESTART_POLICY_KEYS } from '../../../cli/compose/keys/restart.ts';
import { SERVICE_KEYS } from '../../../cli/compose/keys/service.ts';
import { TOP_KEYS } from '../../../cli/compose/keys/top.ts';
import { load, mistakes } from './load-text.ts';

const SCHEMA: Record<string, string[]> = JSON.parse(
  readFileSync(new URL('schema-keys.json', import.meta.url), 'utf8'),
);

type AnyKeys = Readonly<Record<string, Pick<Key<never>, 'verdict'>>>;

/** Level -> its table, and a file that writes a key there. */
const LEVELS: Record<string, { keys: AnyKeys; file: (key: string) => string }> = {
  top: { keys: TOP_KEYS, file: (key) => `services: {web: {image: b}}\n${key}: {}` },
  service: { keys: SERVICE_KEYS, file: (key) => `services:\n  web:\n    image: b\n    ${key}: {}` },
  deploy: { keys: DEPLOY_KEYS, file: (key) => `services: {web: {image: b, deploy: {\n  ${key}: {}}}}` },
  resources: {
    keys: RESOURCE_KEYS,
    file: (key) => `services: {web: {image: b, deploy: {resources: {\n  ${key}: {}}}}}`,
  },
  limits: {
    keys: LIMIT_KEYS,
    file: (key) => `services: {web: {image: b, deploy: {resources: {limits: {\n  ${key}: {}}}}}}`,
  },
  reservations: {
    keys: RESERVATION_KEYS,
    file: (key) => `services: {web: {image: b, deploy: {resources: {reservations: {\n  ${key}: {}}}}}}`,
  },
  placement: {
    keys: PLACEMENT_KEYS,
    file: (key) => `services: {web: {image: b, deploy: {placement: {\n  ${key}: {}}}}}`,
  },
  restart_policy: {
    keys: RESTART_POLICY_KEYS,
    file: (key) => `services: {web: {image: b, deploy: {restart_policy: {\n  ${key}: {}}}}}`,
  },
  healthcheck: {
    keys: HEALTHCHECK_KEYS,
    file: (key) => `services: {web: {image: b, healthcheck: {\n  ${key}: {}}}}`,
  },
  ports: {
    keys: LONG_PORT_KEYS,
    file: (key) => `services: {web: {image: b, ports: [{target: 80,\n  ${key}: {}}]}}`,
  },
};

const verdictsOf = (wanted: Key<never>['verdict']): [string, string][] =>
  Object.entries(LEVELS).flatMap(([level, { keys }]) =>
    Object.entries(keys).flatMap(([name, { verdict }]): [string, string][] =>
      verdict === wanted ? [[level, name]] : [],
    ),
  );

describe('tables', () => {
  it.each(Object.keys(LEVELS))('%s knows exactly the keys of the schema', (level) => {
    expect(Object.keys(LEVELS[level]!.keys).sort()).toEqual(SCHEMA[level]);
  });

  it('honours what is promised', () => {
    expect(verdictsOf('honoured').map(([level, name]) => `${level}.${name}`)).toMatchSnapshot();
  });
});

describe('refused keys name file, line, key and what to write instead', () => {
  it.each(verdictsOf('refused'))('%s: %s', (level, name) => {
    const { file } = LEVELS[level]!;
    const line =
      file(name)
        .split('\n')
        .findIndex((text) => text.includes(`${name}:`)) + 1;
    const lines = mistakes(file(name));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^a\\.yaml:${line}:\\d+: \\S*\\b${name}: not supported yet; .{6,}$`));
  });
});

describe('keys without effect are said, and change nothing', () => {
  it.each(verdictsOf('no effect here'))('%s: %s', (level, name) => {
    const { services, notes } = load(LEVELS[level]!.file(name));
    expect(notes.map(({ message }) => message)).toEqual([expect.stringMatching(/^no effect here: .{10,}/)]);
    expect(services).toEqual(load(LEVELS[level]!.file('x-nothing')).services);
  });
});

describe('x- keys are kept out, on every level', () => {
  it.each(Object.keys(LEVELS))('%s', (level) => {
    const { services, notes } = load(LEVELS[level]!.file('x-mine'));
    expect(notes).toEqual([]);
    expect(JSON.stringify(services)).not.toContain('mine');
  });

  it('x-shoal is said to be without effect', () => {
    expect(load(LEVELS.service!.file('x-shoal')).notes[0]?.message).toContain('no effect here');
  });
});
