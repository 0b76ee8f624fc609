/** Collects everything there is to say about compose files, so that one run names every mistake. */
import type { Position } from './position.ts';
import { placeOf } from './position.ts';

export interface Remark {
  at: Position;
  /** `services.web.ports[0]`; empty for the file as a whole */
  key: string;
  message: string;
}

export interface Report {
  problems: Remark[];
  /** what was accepted, yet should be known: keys without effect here, empty variables */
  notes: Remark[];
}

/** More than this is noise: a wrong indent can make every line of a file wrong. */
const MAX_SHOWN = 20;

export const createReport = (): Report => ({ problems: [], notes: [] });

export const problem = (report: Report, at: Position, key: string, message: string): void => {
  report.problems.push({ at, key, message });
};

export const note = (report: Report, at: Position, key: string, message: string): void => {
  report.notes.push({ at, key, message });
};

const lineOf = ({ at, key, message }: Remark): string =>
  `${placeOf(at)}: ${key === '' ? '' : `${key}: `}${message}`;

/** Files in the order in which they were read, then by place. */
const inOrder = (problems: readonly Remark[]): Remark[] => {
  const files = [...new Set(problems.map(({ at }) => at.file))];
  const rank = ({ at }: Remark): number => files.indexOf(at.file);
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.at.line - b.at.line || a.at.column - b.at.column);
};

/** Thrown once per load; `message` has a headline and one line per problem, in the order of the file. */
export class ComposeError extends Error {
  constructor(problems: readonly Remark[]) {
    // an alias is followed wherever it stands, so one mistake may be met twice
    const lines = [...new Set(inOrder(problems).map(lineOf))];
    const rest = lines.length - MAX_SHOWN;
    const headline = `nothing is deployed: ${lines.length} mistake${lines.length === 1 ? '' : 's'} in compose files`;
    super([headline, ...lines.slice(0, MAX_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'));
  }
}
