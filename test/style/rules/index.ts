/** Every rule about the project's own files. To add one: its file with planted violations, and a line here. */
import type { Rule } from '../rule.ts';
import { ambient } from './ambient.ts';
import { boundaries } from './boundaries.ts';
import { cycles } from './cycles.ts';
import { unusedExports } from './exports.ts';
import { packages } from './packages.ts';
import { readmes } from './readmes.ts';
import { registries } from './registries.ts';
import { size } from './size.ts';
import { syntax } from './syntax.ts';
import { words } from './words.ts';

export const RULES: Rule[] = [
  boundaries,
  cycles,
  ambient,
  syntax,
  size,
  words,
  packages,
  readmes,
  registries,
  unusedExports,
];
