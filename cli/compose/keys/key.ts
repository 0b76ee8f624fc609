/** A key of the compose schema and its verdict. Silently ignoring a key is not among them. */
import { hint } from '../../nearest.ts';
import { expected, isNull, type Scope, within } from '../read.ts';
import { note, problem } from '../report.ts';
import type { Value } from '../tree.ts';

export type Key<Draft> =
  | { verdict: 'honoured'; read: (value: Value, draft: Draft, scope: Scope) => void }
  | { verdict: 'refused'; instead: string }
  | { verdict: 'no effect here'; because: string };

/** All keys of one level of the schema. */
export type Keys<Draft> = Readonly<Record<string, Key<Draft>>>;

export const honoured = <Draft>(read: (value: Value, draft: Draft, scope: Scope) => void): Key<Draft> => ({
  verdict: 'honoured',
  read,
});

/** `instead`: what to write, in one clause. */
export const refused = (instead: string): Key<unknown> => ({ verdict: 'refused', instead });

export const noEffect = (because: string): Key<unknown> => ({ verdict: 'no effect here', because });

/** Reads one value and stores it in the draft's field of the same type. */
export const field = <Draft, Name extends keyof Draft>(
  name: Name,
  read: (value: Value, scope: Scope) => Draft[Name] | undefined,
): Key<Draft> =>
  honoured((value, draft, scope) => {
    const result = read(value, scope);
    if (result !== undefined) draft[name] = result;
  });

const isExtension = (name: string): boolean => name.startsWith('x-');

/**
 * Reads every key of a map into `draft` by the table of its level. Unknown and refused keys are problems at the key,
 * keys without effect are notes. A value of nothing (`deploy:` alone) is an empty map.
 */
export const readKeys = <Draft>(keys: Keys<Draft>, value: Value, draft: Draft, scope: Scope): void => {
  if (isNull(value)) return;
  if (value.kind !== 'map') {
    expected(value, scope, 'a map');
    return;
  }
  for (const [name, entry] of value.entries) {
    const inner = within(scope, name);
    if (name === 'x-shoal')
      note(scope.report, entry.keyAt, inner.key, 'no effect here: no setting of it is known yet');
    if (isExtension(name)) continue;
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (!key) {
      problem(scope.report, entry.keyAt, inner.key, `unknown key${hint(name, Object.keys(keys))}`);
    } else if (key.verdict === 'refused') {
      problem(scope.report, entry.keyAt, inner.key, `not supported yet; ${key.instead}`);
    } else if (key.verdict === 'no effect here') {
      note(scope.report, entry.keyAt, inner.key, `no effect here: ${key.because}`);
    } else {
      key.read(entry.value, draft, inner);
    }
  }
};
