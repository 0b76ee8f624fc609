/** Docker's constraint expressions: `node.hostname==x`, `node.labels.disk!=ssd`. One subject per file, listed here. */
import type { Candidate, Filter } from './filter.ts';
import { nodeHostname } from './node-hostname.ts';
import { nodeId } from './node-id.ts';
import { nodeLabel } from './node-label.ts';

/** Reads the value that an expression compares, or says that the subject is not its own. */
export interface Subject {
  /** as written, for messages */
  form: string;
  matches(subject: string): boolean;
  value(candidate: Candidate, subject: string): string;
}

const SUBJECTS: Subject[] = [nodeHostname, nodeId, nodeLabel];

interface Expression {
  subject: string;
  operator: '==' | '!=';
  value: string;
  read: (candidate: Candidate) => string;
}

/** Text -> expression, or one line that says what is wrong and what would be right. */
export function parseConstraint(text: string): Expression | { why: string } {
  const match = /^\s*([\w.\-/]+)\s*(==|!=)\s*(.+?)\s*$/.exec(text);
  if (!match) return { why: `constraint '${text}' is not SUBJECT==VALUE or SUBJECT!=VALUE` };
  const [, subject = '', operator = '', value = ''] = match;
  const found = SUBJECTS.find((candidate) => candidate.matches(subject));
  if (!found) {
    const forms = SUBJECTS.map((candidate) => candidate.form).join(', ');
    return { why: `constraint '${text}': subject '${subject}' is not supported, write ${forms}` };
  }
  return { subject, operator: operator === '!=' ? '!=' : '==', value, read: (c) => found.value(c, subject) };
}

export const expression: Filter = {
  name: 'constraint',
  refuse: (candidate, item) => {
    for (const text of item.constraints) {
      const parsed = parseConstraint(text);
      if ('why' in parsed) return parsed.why;
      const actual = parsed.read(candidate);
      const equal = actual.toLowerCase() === parsed.value.toLowerCase();
      if (equal !== (parsed.operator === '==')) return `${text} (it has '${actual}')`;
    }
    return null;
  },
};
