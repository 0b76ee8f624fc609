/** Everything that operators do. To add an operation: its file and a line here. */
import type { Action } from '../event.ts';
import { availability } from './availability.ts';
import { deploy } from './deploy.ts';
import { remove } from './remove.ts';
import { scale } from './scale.ts';

export const OPERATIONS: Record<string, Action> = { availability, deploy, remove, scale };
