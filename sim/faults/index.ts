/** Every fault. To add one: its file and a line here. */
import type { Action } from '../event.ts';
import { address } from './address.ts';
import { agent } from './agent.ts';
import { bootHost } from './boot.ts';
import { clock } from './clock.ts';
import { die } from './die.ts';
import { diskFull } from './disk-full.ts';
import { engineRestart } from './engine-restart.ts';
import { oneWay } from './one-way.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { stall } from './stall.ts';
import { storeLost } from './store-lost.ts';

export const FAULTS: Record<string, Action> = {
  address,
  agent,
  boot: bootHost,
  clock,
  die,
  'disk-full': diskFull,
  'engine-restart': engineRestart,
  'one-way': oneWay,
  partition,
  pause,
  power,
  stall,
  'store-lost': storeLost,
};
