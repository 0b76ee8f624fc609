/** Everything that operators do. To add an operation: its file and a line here. */
import type { Action } from '../event.ts';
import { availability } from './availability.ts';
import { deploy } from './deploy.ts';
import { deployGlobal } from './deploy-global.ts';
import { deployStack } from './deploy-stack.ts';
import { join } from './join.ts';
import { label } from './label.ts';
import { leave } from './leave.ts';
import { remove } from './remove.ts';
import { removeHost } from './remove-host.ts';
import { removeStack } from './remove-stack.ts';
import { scale } from './scale.ts';

export const OPERATIONS: Record<string, Action> = {
  availability,
  deploy,
  'deploy-global': deployGlobal,
  'deploy-stack': deployStack,
  join,
  label,
  leave,
  remove,
  'remove-host': removeHost,
  'remove-stack': removeStack,
  scale,
};
