/** Keys under `healthcheck`. */
import type { HealthcheckDraft } from '../draft.ts';
import { expected, readCount, readFlag, readList, readNanos, readText, reject, type Scope } from '../read.ts';
import type { Value } from '../tree.ts';
import { field, type Keys, refused } from './key.ts';

const FORMS = ['NONE', 'CMD', 'CMD-SHELL'];

/** A text is run by the container's shell; a list says by its first item how it is run. */
const readTest = (value: Value, scope: Scope): string[] | undefined => {
  if (value.kind === 'scalar') {
    const text = readText(value, scope);
    return text === undefined ? undefined : ['CMD-SHELL', text];
  }
  if (value.kind === 'map') return expected(value, scope, 'text or a list of texts');
  const words = readList(value, scope, 'texts', readText);
  if (!words || words.length < value.items.length) return undefined;
  const form = words[0] ?? '';
  if (!FORMS.includes(form)) {
    return reject(value, scope, `expected CMD, CMD-SHELL or NONE as the first item, found '${form}'`);
  }
  const isWhole = form === 'NONE' ? words.length === 1 : words.length > 1;
  return isWhole
    ? words
    : reject(value, scope, `${form} ${form === 'NONE' ? 'stands alone' : 'needs a command'}`);
};

export const HEALTHCHECK_KEYS: Keys<HealthcheckDraft> = {
  disable: field('disable', readFlag),
  interval: field('Interval', readNanos),
  retries: field('Retries', readCount),
  start_interval: refused('remove it: interval is used from the start'),
  start_period: field('StartPeriod', readNanos),
  test: field('Test', readTest),
  timeout: field('Timeout', readNanos),
};
