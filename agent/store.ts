/** The store: every held row by its key and the own counters, in LevelDB. A batch is synced before it is confirmed. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { Level } from 'level';
import type { Meta } from '../protocol/effect.ts';
import { type Row, rowKey } from '../protocol/records/row.ts';
import { decode, encode } from '../protocol/wire/codec.ts';
import { integer, object } from '../protocol/wire/shape.ts';
import { decodeRow, encodeRow } from '../protocol/wire/validate.ts';
import type { Log } from './log.ts';
import type { Batch } from './loop.ts';

const ROW = 'row!';
const META = 'meta';
/** Own rows written by an earlier version may be larger than what we accept from others. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface Held {
  rows: Row[];
  meta: Meta;
}

export interface Store {
  held(): Promise<Held>;
  persist(batch: Batch): Promise<void>;
  close(): Promise<void>;
}

type Database = Level<string, Uint8Array>;

/** Opens, repairs, or sets a hopeless store aside and starts an empty one that peers refill; says so loudly. */
export async function openStore(dataDir: string, log: Log): Promise<Store> {
  const path = join(dataDir, 'store');
  const level = await openOrRepair(path, log);
  return createStore(level, log);
}

async function openOrRepair(path: string, log: Log): Promise<Database> {
  try {
    return await openChecked(path);
  } catch (error) {
    if (causeCode(error) === 'LEVEL_LOCKED') {
      throw new Error(
        `${path} is in use: another shoal agent runs on this data directory (stop it, or give --data-dir)`,
      );
    }
    if (!isCorruption(error))
      throw new Error(`cannot open ${path}: ${causeText(error)}; is the folder writable?`);
    log('error', 'the store is damaged: repairing it', { path, reason: causeText(error) });
  }
  try {
    await ClassicLevel.repair(path);
    const level = await openChecked(path);
    log('warn', 'the store was repaired; rows that were lost come back from other hosts', { path });
    return level;
  } catch (error) {
    const aside = freeName(`${path}.damaged`);
    renameSync(path, aside);
    log('error', 'the store is beyond repair: set aside, starting empty, other hosts refill it', {
      aside,
      reason: causeText(error),
    });
    return openChecked(path);
  }
}

/** A damaged table opens fine and fails while reading, so everything is read once. */
async function openChecked(path: string): Promise<Database> {
  if (hasLostItsIndex(path))
    throw Object.assign(new Error('CURRENT is missing'), { code: 'LEVEL_CORRUPTION' });
  const level: Database = new Level(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
  await level.open();
  try {
    for await (const _ of level.iterator()) {
      // reading is the check
    }
  } catch (error) {
    await level.close();
    throw error;
  }
  return level;
}

/** LevelDB takes a folder without CURRENT for a new store, and clears away the tables it finds in it. */
const hasLostItsIndex = (path: string): boolean =>
  existsSync(path) &&
  !existsSync(join(path, 'CURRENT')) &&
  readdirSync(path).some((f) => /\.(ldb|log)$/.test(f));

function createStore(level: Database, log: Log): Store {
  return {
    held: () => readHeld(level, log),
    persist: async (batch) => {
      await level.batch(
        [
          ...batch.put.map((row) => ({
            type: 'put' as const,
            key: ROW + rowKey(row),
            value: encodeRow(row),
          })),
          ...batch.remove.map((key) => ({ type: 'del' as const, key: ROW + key })),
          { type: 'put' as const, key: META, value: encode(batch.meta) },
        ],
        { sync: true },
      );
    },
    close: () => level.close(),
  };
}

async function readHeld(level: Database, log: Log): Promise<Held> {
  const rows: Row[] = [];
  for await (const [key, value] of level.iterator({ gte: ROW, lt: `${ROW}\uffff` })) {
    try {
      rows.push(decodeRow(value, MAX_BODY_BYTES));
    } catch (error) {
      log('error', 'a stored row cannot be read and is left out', { key, reason: causeText(error) });
    }
  }
  return { rows, meta: readMeta(await level.get(META)) };
}

const metaShape = object({ epoch: integer(1), seq: integer(), hlc: integer() });
const FIRST: Meta = { epoch: 1, seq: 0, hlc: 0 };

function readMeta(value: Uint8Array | undefined): Meta {
  if (!value) return { ...FIRST };
  try {
    return metaShape(decode(value), 'meta');
  } catch {
    return { ...FIRST };
  }
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

function causeText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
}

const isCorruption = (error: unknown): boolean =>
  ['LEVEL_CORRUPTION', 'LEVEL_IO_ERROR'].includes(causeCode(error)) ||
  /corrupt|missing files|no such file|does not exist/i.test(causeText(error));

function freeName(base: string): string {
  let name = base;
  for (let i = 2; existsSync(name); i++) name = `${base}-${i}`;
  return name;
}
