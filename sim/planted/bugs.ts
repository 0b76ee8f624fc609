/** The planted bugs: one patch file each, with a header that says what it breaks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Bug {
  name: string;
  file: string;
  breaks: string;
  rule: string;
  /** shows only between two hosts, and only in some orders of events */
  needsOrdering: boolean;
}

/** All of them by name, or those that are asked for. */
export function readBugs(names: string[] = []): Bug[] {
  const bugs = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => readBug(join(import.meta.dirname, file), file.slice(0, -'.patch'.length)));
  const unknown = names.filter((name) => !bugs.some((bug) => bug.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no such planted bug: ${unknown.join(', ')}; there are ${bugs.map((b) => b.name).join(', ')}`,
    );
  return names.length === 0 ? bugs : bugs.filter((bug) => names.includes(bug.name));
}

function readBug(file: string, name: string): Bug {
  const text = readFileSync(file, 'utf8');
  const read = (title: string): string => {
    const value = new RegExp(`^${title}: (.+)$`, 'm').exec(text)?.[1];
    if (!value) throw new Error(`${file}: its header lacks the line "${title}: ..."`);
    return value;
  };
  return {
    name,
    file,
    breaks: read('Breaks'),
    rule: read('Rule'),
    needsOrdering: read('Two hosts and an ordering') === 'yes',
  };
}
