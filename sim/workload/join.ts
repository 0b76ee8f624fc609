/** A new host joins in mid-run, through whichever member answers first. */
import type { Action } from '../event.ts';
import { addHost } from '../mesh.ts';

const MOST_HOSTS = 9;

export const join: Action = {
  draw: (mesh) => (mesh.hosts.length < MOST_HOSTS ? [{ afterMs: 0, what: 'join', args: {} }] : []),
  act: (mesh) => (mesh.hosts.length < MOST_HOSTS ? addHost(mesh).name : 'nobody'),
};
