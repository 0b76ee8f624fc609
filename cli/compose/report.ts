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

export const lineOf = ({ at, key, message }: Remark): string =>
  `${placeOf(at)}: ${key === '' ? '' : `${key}: `}${message}`;

const inFileOrder = (a: Remark, b: Remark): number =>
  a.at.file === b.at.file ? a.at.line - b.at.line || a.at.column - b.at.column : 0;

/** Thrown once per load; `message` has a headline and one line per problem, in the order of the file. */
export class ComposeError extends Error {
  readonly problems: readonly Remark[];

  constructor(problems: readonly Remark[]) {
    // an anchor used by several services is one mistake, however often it is read
    const lines = [...new Set(problems.toSorted(inFileOrder).map(lineOf))];
    const rest = lines.length - MAX_SHOWN;
    const headline = `nothing is deployed: ${lines.length} mistake${lines.length === 1 ? '' : 's'} in compose files`;
    super([headline, ...lines.slice(0, MAX_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'));
    this.problems = problems;
  }
}
