/** A small project in which every rule is kept; planted violations are laid over it. */
const PACKAGE = {
  name: 'shoal',
  dependencies: { commander: '15.1.0', libp2p: '3.3.11', msgpackr: '2.1.3', yaml: '2.9.1' },
  devDependencies: { vitest: '5.1.1', 'fast-check': '4.10.2' },
};

const README = 'What belongs here, what does not, where to add things.\n';

export const CLEAN: Record<string, string> = {
  'package.json': JSON.stringify(PACKAGE),
  'package-lock.json': JSON.stringify({
    packages: { 'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-x' } },
  }),
  'README.md': '# shoal\n',
  'agent/README.md': README,
  'agent/loop.ts':
    "import { step } from '../protocol/agent.ts';\nexport const turn = (): number => step();\n",
  'agent/main.ts': [
    "import { createServer } from 'node:http';",
    "import { createLibp2p } from 'libp2p';",
    "import { turn } from './loop.ts';",
    'createServer(() => {',
    '  turn();',
    '});',
    'createLibp2p();',
  ].join('\n'),
  'cli/README.md': README,
  'cli/commands/index.ts': "export const COMMANDS = { ps: () => import('./ps.ts') };\n",
  'cli/commands/ps.ts': [
    "import { Command } from 'commander';",
    "import type { TaskInfo } from '../../protocol/api.ts';",
    "export const define: CommandModule['define'] = (task: TaskInfo) => new Command(task);",
  ].join('\n'),
  'protocol/README.md': README,
  'protocol/agent.ts': [
    '/** A Date or Math.random in a comment, "process.env" or \'async\' in a string are no fault. */',
    "import { KINDS } from './records/index.ts';",
    "export const step = (): number => 'Date.now() TO-DO'.length + KINDS.host.order + /async Date/.source.length;",
  ].join('\n'),
  'protocol/api.ts': 'export interface TaskInfo {\n  name: string;\n}\n',
  'protocol/records/host.ts': [
    "import type { Kinds } from './index.ts';",
    'export const host: RecordKind<Kinds> = { order: 1 };',
  ].join('\n'),
  'protocol/records/index.ts':
    "import { host } from './host.ts';\nexport const KINDS = { host };\nexport type Kinds = typeof KINDS;\n",
  'protocol/wire/codec.ts': "import { pack } from 'msgpackr';\nexport const encode = pack;\n",
  'sim/README.md': README,
  'sim/checks/index.ts': "import { kept } from './kept.ts';\nexport const CHECKS = [kept];\n",
  'sim/checks/kept.ts': "export const kept: Check = { name: 'kept' };\n",
  'sim/world.ts':
    "import { turn } from '../agent/loop.ts';\nimport { step } from '../protocol/agent.ts';\nturn();\nstep();\n",
  'test/README.md': README,
  'test/unit/agent.test.ts': [
    "import fc from 'fast-check';",
    "import { expect, test } from 'vitest';",
    "import { encode } from '../../protocol/wire/codec.ts';",
    "import { CHECKS } from '../../sim/checks/index.ts';",
    'test(encode, () => expect(fc).toBe(CHECKS));',
  ].join('\n'),
};
