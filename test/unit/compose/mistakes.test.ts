// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of compose files
/** Each mistake with its exact line: file, line, column, key, what is expected. */
import { describe, expect, it } from 'vitest';
import { mistakes, withKeys } from './load-text.ts';

describe('one mistake in a service, below `image:` on line 3', () => {
  const cases: [string[], string][] = [
    [['imagee: x'], "a.yaml:4:5: services.web.imagee: unknown key; did you mean 'image'?"],
    [['volume: [a]'], "a.yaml:4:5: services.web.volume: unknown key; did you mean 'volumes'?"],
    [['frobnicate: 1'], 'a.yaml:4:5: services.web.frobnicate: unknown key'],
    [
      ['deploy: {replica: 2}'],
      "a.yaml:4:14: services.web.deploy.replica: unknown key; did you mean 'replicas'?",
    ],
    [
      ['deploy:', '  replicas: two'],
      "a.yaml:5:17: services.web.deploy.replicas: expected a whole number, 0 or more, found 'two'",
    ],
    [
      ['deploy: {replicas: -1}'],
      "a.yaml:4:24: services.web.deploy.replicas: expected a whole number, 0 or more, found '-1'",
    ],
    [
      ['deploy: {replicas: 1.5}'],
      "a.yaml:4:24: services.web.deploy.replicas: expected a whole number, 0 or more, found '1.5'",
    ],
    [['deploy: [a]'], 'a.yaml:4:13: services.web.deploy: expected a map, found a list'],
    [
      ['deploy: {mode: some}'],
      "a.yaml:4:20: services.web.deploy.mode: expected one of replicated, global, found 'some'",
    ],
    [
      ['deploy: {mode: global, replicas: 2}'],
      'a.yaml:4:38: services.web.deploy.replicas: mode: global runs one task on each host; remove replicas',
    ],
    [
      ['deploy: {resources: {limits: {cpus: many}}}'],
      "a.yaml:4:41: services.web.deploy.resources.limits.cpus: expected a number of cores, such as '0.5', found 'many'",
    ],
    [
      ['deploy: {resources: {limits: {memory: 64x}}}'],
      "a.yaml:4:43: services.web.deploy.resources.limits.memory: expected an amount of memory, such as 64m or 1.5g, found '64x'",
    ],
    [['user: 1000'], 'a.yaml:4:11: services.web.user: expected text, found 1000; write "1000"'],
    [['hostname: [a]'], 'a.yaml:4:15: services.web.hostname: expected text, found a list'],
    [['hostname:'], 'a.yaml:4:14: services.web.hostname: expected text, found nothing'],
    [
      ['hostname: "{{.Node.Hostname}}"'],
      'a.yaml:4:15: services.web.hostname: templates such as {{.Task.Slot}} are not supported yet; write the value itself',
    ],
    [['command: [a, 5]'], 'a.yaml:4:18: services.web.command[1]: expected text, found 5; write "5"'],
    [['command: say "x'], 'a.yaml:4:14: services.web.command: the quote " is never closed'],
    [['command: {a: b}'], 'a.yaml:4:14: services.web.command: expected text or a list of texts, found a map'],
    [
      ['environment: x'],
      "a.yaml:4:18: services.web.environment: expected a map, or a list of KEY=VALUE, found 'x'",
    ],
    [['environment: [=x]'], "a.yaml:4:19: services.web.environment[0]: expected KEY=VALUE, found '=x'"],
    [
      ['environment:', '  A: [b]'],
      'a.yaml:5:10: services.web.environment.A: expected text, a number, true, false or nothing, found a list',
    ],
    [['environment: {A: "${B"}'], "a.yaml:4:22: services.web.environment.A: '${B' has a ${ without its }"],
    [
      ['environment: {A: "$5"}'],
      "a.yaml:4:22: services.web.environment.A: '$5' has a $ that names no variable; for a plain $ write $$",
    ],
    [
      ['environment: {A: "${B?give it}"}'],
      'a.yaml:4:22: services.web.environment.A: the variable B must be set: give it',
    ],
    [['init: maybe'], "a.yaml:4:11: services.web.init: expected true or false, found 'maybe'"],
    [
      ['stop_grace_period: 10'],
      "a.yaml:4:24: services.web.stop_grace_period: expected a duration with its unit, such as 10s or 1m30s, found '10'",
    ],
    [
      ['restart: sometimes'],
      "a.yaml:4:14: services.web.restart: expected no, always, unless-stopped or on-failure[:ATTEMPTS], found 'sometimes'",
    ],
    [
      ['healthcheck: {disable: true, test: x}'],
      'a.yaml:4:18: services.web.healthcheck: disable and test exclude each other; keep one',
    ],
    [
      ['healthcheck: {test: [curl, x]}'],
      "a.yaml:4:25: services.web.healthcheck.test: expected CMD, CMD-SHELL or NONE as the first item, found 'curl'",
    ],
    [['healthcheck: {test: [CMD]}'], 'a.yaml:4:25: services.web.healthcheck.test: CMD needs a command'],
    [
      ['healthcheck: {interval: often}'],
      "a.yaml:4:29: services.web.healthcheck.interval: expected a duration with its unit, such as 10s or 1m30s, found 'often'",
    ],
    [['ports: 80'], "a.yaml:4:12: services.web.ports: expected a list of ports, found '80'"],
    [
      ['ports: ["80:x"]'],
      "a.yaml:4:13: services.web.ports[0]: expected a port such as 8080:80, 80/udp or 3000-3002:80-82, found '80:x'",
    ],
    [
      ['ports: ["8000-8002:80"]'],
      "a.yaml:4:13: services.web.ports[0]: expected a port such as 8080:80, 80/udp or 3000-3002:80-82, found '8000-8002:80'",
    ],
    [
      ['ports: ["70000:80"]'],
      "a.yaml:4:13: services.web.ports[0]: expected a port such as 8080:80, 80/udp or 3000-3002:80-82, found '70000:80'",
    ],
    [
      ['ports: ["127.0.0.1:8080:80"]'],
      'a.yaml:4:13: services.web.ports[0]: an address before the port is not supported yet; write "8080:80"',
    ],
    [['ports: ["80/sctp"]'], "a.yaml:4:13: services.web.ports[0]: expected /tcp or /udp, found '80/sctp'"],
    [
      ['ports: ["8080:80", "8080:81"]'],
      'a.yaml:4:24: services.web.ports[1]: 8080/tcp is listed twice; keep one',
    ],
    [
      ['ports:', '  - target: 80', '    mode: ingress'],
      'a.yaml:6:15: services.web.ports[0].mode: ingress (one port on every host) is not supported yet; write mode: host',
    ],
    [
      ['ports: [{published: 80}]'],
      'a.yaml:4:13: services.web.ports[0]: expected target, the port inside the container',
    ],
    [
      ['ports: [{target: 0}]'],
      "a.yaml:4:22: services.web.ports[0].target: expected a port, 1 to 65535, found '0'",
    ],
    [
      ['deploy: {placement: {constraints: [node.role == manager]}}'],
      "a.yaml:4:40: services.web.deploy.placement.constraints[0]: 'node.role' is not supported yet; all hosts are equal; use a label: node.labels.NAME == VALUE",
    ],
    [
      ['deploy: {placement: {constraints: [node.hostnam == a]}}'],
      "a.yaml:4:40: services.web.deploy.placement.constraints[0]: 'node.hostnam' is not known; expected node.hostname, node.id, node.labels.NAME; did you mean 'node.hostname'?",
    ],
    [
      ['deploy: {placement: {constraints: ["node.id = a"]}}'],
      "a.yaml:4:40: services.web.deploy.placement.constraints[0]: expected ATTRIBUTE == VALUE or ATTRIBUTE != VALUE, found 'node.id = a'",
    ],
    [
      ['build: .'],
      'a.yaml:4:5: services.web.build: not supported yet; build and push the image first, then name it by image',
    ],
    [['<<: 5'], 'a.yaml:4:9: <<: expected a map, or a list of maps, to merge'],
    [['labels: *nobody'], 'a.yaml:4:13: the alias *nobody names no anchor'],
  ];
  it.each(cases)('%j', (lines, message) => {
    expect(mistakes(withKeys(...lines))).toEqual([message]);
  });
});

describe('mistakes of whole files', () => {
  const cases: [string, string][] = [
    ['', 'a.yaml:1:1: services: expected at least one service'],
    ['services: {}', 'a.yaml:1:1: services: expected at least one service'],
    ['services: [a]', 'a.yaml:1:11: services: expected a map of services, found a list'],
    ['just text', "a.yaml:1:1: expected a map, found 'just text'"],
    ['services:\n  web:', 'a.yaml:2:3: services.web: expected image, the image to run'],
    ['services:\n  web: {}', 'a.yaml:2:3: services.web: expected image, the image to run'],
    [
      'services:\n  web: {image: "a b"}',
      "a.yaml:2:16: services.web.image: expected the name of an image, found 'a b'",
    ],
    ['servces: {}\nservices: {a: {image: b}}', "a.yaml:1:1: servces: unknown key; did you mean 'services'?"],
    [
      'services: {tasks: {image: b}}',
      "a.yaml:1:12: services.tasks: the name 'tasks' is reserved in DNS; choose another",
    ],
    [
      'services: {"7": {image: b}}',
      "a.yaml:1:12: services.7: the name '7' is reserved in DNS; choose another",
    ],
    [
      'services: {_a: {image: b}}',
      'a.yaml:1:12: services._a: expected a name of letters, digits, - and _ between them',
    ],
    ['services:\n  web:\n    image: a\n    image: b', 'a.yaml:4:5: not valid YAML: Map keys must be unique'],
    ['services:\n  web:\n\timage: a', 'a.yaml:3:1: not valid YAML: Tabs are not allowed as indentation'],
    [
      'services: {a: {image: b, labels: !!binary aGk=}}',
      'a.yaml:1:43: the tag tag:yaml.org,2002:binary is not known here; remove it',
    ],
    [
      'name: Big Name\nservices: {a: {image: b}}',
      "a.yaml:1:7: name: expected a name of small letters, digits, - and _, found 'Big Name'",
    ],
    [
      `services: {${'a'.repeat(61)}: {image: b}}`,
      `a.yaml:1:12: services.${'a'.repeat(61)}: 'st_${'a'.repeat(61)}' is longer than 63 letters; shorten it`,
    ],
  ];
  it.each(cases)('%j', (text, message) => {
    expect(mistakes(text)[0]).toBe(message);
  });
});

describe('several mistakes', () => {
  it('are all said at once, in the order of the file', () => {
    const lines = mistakes(withKeys('user: 1', 'bild: .', 'ports: [x]'));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['a.yaml:4:11:', 'a.yaml:5:5:', 'a.yaml:6:13:']);
  });

  it('are cut after 20', () => {
    const lines = mistakes(withKeys(...Array.from({ length: 25 }, (_, index) => `wrong${index}: 1`)));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 5 more');
  });

  it('behind an anchor name its line, for each service that uses it', () => {
    const text = 'x-base: &base {image: b, user: 5}\nservices:\n  a: *base\n  b: *base\n';
    expect(mistakes(text)).toEqual([
      'a.yaml:1:32: services.a.user: expected text, found 5; write "5"',
      'a.yaml:1:32: services.b.user: expected text, found 5; write "5"',
    ]);
  });

  it('name the file they stand in', () => {
    const lines = mistakes([withKeys('user: 1'), withKeys('init: x')]);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['a.yaml', 'b.yaml']);
  });

  it('count aliases, which can grow without bound', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 0; level < 8; level++) {
      const [from, to] = ['abcdefghi'[level], 'abcdefghi'[level + 1]];
      bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
    }
    expect(mistakes(bomb.join('\n'))[0]).toContain('more than 100000 values');
  });

  it('stop at an alias to itself', () => {
    expect(mistakes('services:\n  web: &web\n    image: b\n    labels: *web\n')[0]).toContain(
      'contains itself',
    );
  });
});
