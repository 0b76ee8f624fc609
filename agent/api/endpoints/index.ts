/** All endpoint groups: to add an endpoint, its row in protocol/api.ts and its handler in a group here. */
import type { Handlers } from '../handler.ts';
import { hosts } from './hosts.ts';
import { membership } from './membership.ts';
import { names } from './names.ts';
import { services } from './services.ts';
import { tasks } from './tasks.ts';

export const HANDLERS = { ...membership, ...hosts, ...services, ...tasks, ...names } satisfies Handlers;
