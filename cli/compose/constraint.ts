/** Placement constraints: which hosts a service may run on. */
import { hint } from '../nearest.ts';
import { readText, reject, type Scope } from './read.ts';
import type { Value } from './tree.ts';

const FORM = /^\s*([^\s=!]+)\s*(==|!=)\s*(\S(?:.*\S)?)\s*$/;

/** Attributes Docker knows and shoal refuses, and what to do instead. */
const REFUSED = new Map([
  ['node.role', 'all hosts are equal; use a label: node.labels.NAME == VALUE'],
  ['node.ip', 'use node.hostname or a label'],
  ['node.platform.os', 'use a label: node.labels.NAME == VALUE'],
  ['node.platform.arch', 'use a label: node.labels.NAME == VALUE'],
]);

const HONOURED = ['node.hostname', 'node.id', 'node.labels.NAME'];

const refusal = (attribute: string): string | undefined => {
  if (attribute === 'node.hostname' || attribute === 'node.id' || /^node\.labels\../.test(attribute))
    return undefined;
  const instead = attribute.startsWith('engine.labels.') ? 'use node.labels.NAME' : REFUSED.get(attribute);
  return instead === undefined
    ? `'${attribute}' is not known; expected ${HONOURED.join(', ')}${hint(attribute, HONOURED)}`
    : `'${attribute}' is not supported yet; ${instead}`;
};

/** `node.hostname == alpha`, kept as it is written. */
export const readConstraint = (value: Value, scope: Scope): string | undefined => {
  const text = readText(value, scope);
  if (text === undefined) return undefined;
  const match = FORM.exec(text);
  if (!match)
    return reject(value, scope, `expected ATTRIBUTE == VALUE or ATTRIBUTE != VALUE, found '${text}'`);
  const reason = refusal(match[1]!);
  return reason === undefined ? text.trim() : reject(value, scope, reason);
};
