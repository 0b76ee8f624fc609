/** `npm start`: the story by itself, staying until Ctrl-C, and what it leaves behind: nothing. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const STORY_MS = 180_000;

/** Folders of the demo go here, so that other runs on this machine are not seen. */
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

interface Demo {
  pid: number;
  out(): string;
  err(): string;
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<number | null>;
}

const startDemo = (...flags: string[]): Demo => {
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'cli/demo/main.ts'), ...flags], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (out.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      ended.then((code) =>
        reject(new Error(`the demo ended with ${code} without saying '${text}': ${out}${err}`)),
      );
      look();
    });
  return { pid: child.pid!, out: () => out, err: () => err, says, signal: (name) => child.kill(name), ended };
};

/** Command lines of agents and tasks of this test's demo: all of them write into its folder. */
const leftOver = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && outputOf(name).startsWith(temporary))
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));

const outputOf = (pid: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`);
  } catch {
    return '';
  }
};

const folders = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('shoal-demo-'));

describe.skipIf(process.platform !== 'linux')('npm start -- --once', () => {
  it('tells the story with the process engine and leaves nothing', { timeout: STORY_MS }, async () => {
    const demo = startDemo('--once', '--engine', 'process:');
    const code = await demo.ended;
    const lines = demo.out().trim().split('\n');
    expect({ code, err: demo.err(), out: code === 0 ? '' : demo.out() }).toEqual({
      code: 0,
      err: '',
      out: '',
    });
    const steps = ['raise', 'mesh', 'deploy', 'resolve', 'fetch', 'lose', 'heal', 'names', 'clean up'];
    expect(lines.slice(1, -1).map((line) => line.slice(0, 8).trim())).toEqual(steps);
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^[a-z ]{8} +\d+(\.\d)? s {2}\S/);
    expect(lines[0]).toContain('process engine');
    expect(lines.find((line) => line.startsWith('fetch'))).toMatch(
      /web\.1 on \w+ .*web\.2 on \w+ .*web\.3 on \w+ /,
    );
    expect(lines.find((line) => line.startsWith('heal'))).toContain('3 of 3 serve again');
    expect(lines.at(-1)).toMatch(/^every step passed, /);
    expect(folders()).toEqual([]);
    expect(leftOver()).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  it('stays until Ctrl-C and takes everything away', { timeout: STORY_MS }, async () => {
    const demo = startDemo('--engine', 'process:');
    await demo.says('Ctrl-C takes all of it away.');
    for (const what of [
      '$ shoal hosts',
      '$ shoal ps',
      'curl http://',
      'dig @127.0.0.1',
      'export SHOAL_SOCKET=',
    ])
      expect(demo.out()).toContain(what);
    const url = /curl (http:\S+)/.exec(demo.out())?.[1] ?? '';
    expect(await (await fetch(url)).text()).toMatch(/^web\.[123] on (ant|bee|cat)\n$/);
    demo.signal('SIGINT');
    demo.signal('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(folders()).toEqual([]);
    expect(leftOver()).toEqual([]);
  });

  it('ends while it still raises', { timeout: STORY_MS }, async () => {
    const demo = startDemo('--engine', 'process:');
    await demo.says('raise');
    demo.signal('SIGTERM');
    expect(await demo.ended).toBe(0);
    expect(folders()).toEqual([]);
    expect(leftOver()).toEqual([]);
  });

  it('takes away what a crashed run has left', { timeout: STORY_MS }, async () => {
    const crashed = startDemo('--engine', 'process:');
    await crashed.says('Ctrl-C takes all of it away.');
    crashed.signal('SIGKILL');
    await crashed.ended;
    expect(folders()).toHaveLength(1);
    expect(leftOver().length).toBeGreaterThanOrEqual(6);
    const next = startDemo('--engine', 'process:');
    await next.says('took away what an earlier run had left');
    next.signal('SIGTERM');
    expect(await next.ended).toBe(0);
    expect(folders()).toEqual([]);
    expect(leftOver()).toEqual([]);
  });
});

describe('wrong usage', () => {
  it.each([
    [['--twice'], "Unknown option '--twice'"],
    [['now'], "Unexpected argument 'now'"],
    [['--engine', 'ssh://there'], '--engine ssh://there: give unix:///path'],
  ])('%j is one line and exit code 2', async (flags, line) => {
    const demo = startDemo(...flags);
    expect(await demo.ended).toBe(2);
    expect(demo.err()).toMatch(/^npm start: .*\n$/);
    expect(demo.err()).toContain(line);
  });
});
