/** Every fault. To add one: its file and a line here. */
import type { Action } from '../event.ts';
import { address } from './address.ts';
import { agent } from './agent.ts';
import { badLink } from './bad-link.ts';
import { bootHost } from './boot.ts';
import { clock } from './clock.ts';
import { clockBehind } from './clock-behind.ts';
import { clockDrift } from './clock-drift.ts';
import { clog } from './clog.ts';
import { crashAtPersist } from './crash-at-persist.ts';
import { die } from './die.ts';
import { diskFull } from './disk-full.ts';
import { diskSlow } from './disk-slow.ts';
import { disorder } from './disorder.ts';
import { engineErrors } from './engine-errors.ts';
import { engineHang } from './engine-hang.ts';
import { engineRestart } from './engine-restart.ts';
import { eventsLost } from './events-lost.ts';
import { foreign } from './foreign.ts';
import { newerPeer } from './newer-peer.ts';
import { oldSnapshot } from './old-snapshot.ts';
import { oneWay } from './one-way.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { registry } from './registry.ts';
import { rowsMissing } from './rows-missing.ts';
import { slow } from './slow.ts';
import { stall } from './stall.ts';
import { storeLost } from './store-lost.ts';
import { unhealthy } from './unhealthy.ts';

export const FAULTS: Record<string, Action> = {
  address,
  agent,
  'bad-link': badLink,
  boot: bootHost,
  clock,
  'clock-behind': clockBehind,
  'clock-drift': clockDrift,
  clog,
  'crash-at-persist': crashAtPersist,
  die,
  'disk-full': diskFull,
  'disk-slow': diskSlow,
  disorder,
  'engine-errors': engineErrors,
  'engine-hang': engineHang,
  'engine-restart': engineRestart,
  'events-lost': eventsLost,
  foreign,
  'newer-peer': newerPeer,
  'old-snapshot': oldSnapshot,
  'one-way': oneWay,
  partition,
  pause,
  power,
  registry,
  'rows-missing': rowsMissing,
  slow,
  stall,
  'store-lost': storeLost,
  unhealthy,
};
