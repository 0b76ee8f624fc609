/** `restart` of a service, and `deploy.restart_policy`, which wins where both are written. */
import type { RestartPolicy } from '../../../protocol/spec.ts';
import type { DeployDraft } from '../draft.ts';
import { readChoice, readCount, readParsed, type Scope } from '../read.ts';
import type { Value } from '../tree.ts';
import { field, honoured, type Key, type Keys, readKeys, refused } from './key.ts';

const parseRestart = (text: string): RestartPolicy | undefined => {
  if (text === 'no') return { Condition: 'none' };
  if (text === 'always' || text === 'unless-stopped') return { Condition: 'any' };
  const match = /^on-failure(?::(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const attempts = Number(match[1] ?? 0);
  return { Condition: 'on-failure', ...(attempts > 0 ? { MaxAttempts: attempts } : {}) };
};

export const readRestart = (value: Value, scope: Scope): RestartPolicy | undefined =>
  readParsed(value, scope, 'no, always, unless-stopped or on-failure[:ATTEMPTS]', parseRestart);

export const RESTART_POLICY_KEYS: Keys<RestartPolicy> = {
  condition: field('Condition', (value, scope) => readChoice(value, scope, ['none', 'on-failure', 'any'])),
  delay: refused('remove it: the wait before a restart grows with every failure in a row'),
  max_attempts: field('MaxAttempts', readCount),
  window: refused('remove it: a task that has become healthy is forgiven its failures'),
};

export const RESTART_POLICY: Key<DeployDraft> = honoured((value, draft, scope) => {
  draft.restart = {};
  readKeys(RESTART_POLICY_KEYS, value, draft.restart, scope);
});
