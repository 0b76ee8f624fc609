/** All commands of scripts, by name. To add one: a line in its module's table, and one in README.md. */
import type { Handler } from '../session.ts';
import { coreCommands } from './core.ts';
import { faultCommands } from './faults.ts';
import { meshCommands } from './mesh.ts';
import { operatorCommands } from './operator.ts';
import { placementCommands } from './placement.ts';
import { rowCommands } from './rows.ts';
import { serviceCommands } from './services.ts';
import { shownCommands } from './shown.ts';
import { verdictCommands } from './verdicts.ts';

export const COMMANDS: ReadonlyMap<string, Handler> = new Map(
  [
    coreCommands,
    rowCommands,
    verdictCommands,
    placementCommands,
    serviceCommands,
    operatorCommands,
    meshCommands,
    faultCommands,
    shownCommands,
  ].flatMap((table) => Object.entries(table)),
);
