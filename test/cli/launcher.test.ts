/** The real thing as processes: the launcher's choice of Node, `shoal agent`, closed pipes. */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { service, startFakeAgent } from './fake-agent.ts';

const ROOT = join(import.meta.dirname, '../..');
const exec = promisify(execFile);

/** A copy of the installation with an agent that prints what it was given. */
let root: string;
let shoal: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shoal-root-'));
  shoal = join(root, 'cli/shoal');
  cpSync(join(ROOT, 'cli'), join(root, 'cli'), { recursive: true });
  cpSync(join(ROOT, 'protocol'), join(root, 'protocol'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  mkdirSync(join(root, 'agent'));
  writeFileSync(
    join(root, 'agent/main.ts'),
    'const flags: string[] = process.argv.slice(2);\n' +
      'console.log(JSON.stringify({ flags, pid: process.pid, socket: process.env.SHOAL_SOCKET }));\nprocess.exitCode = 7;\n',
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const linkModules = (): void => symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));

const plantNode = (version: string): string => {
  const folder = join(root, 'bin');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'node'),
    `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "ran $*"\n`,
  );
  chmodSync(join(folder, 'node'), 0o755);
  return `${folder}:/usr/bin:/bin`;
};

describe('the launcher', () => {
  it('uses the Node that is installed beside it, also behind a link', async () => {
    linkModules();
    symlinkSync(shoal, join(root, 'link'));
    const { stdout } = await exec(join(root, 'link'), ['version'], { env: { PATH: '/usr/bin:/bin' } });
    expect(stdout).toMatch(/^shoal \d/);
  });

  it("uses the caller's Node when it is new enough", async () => {
    const { stdout } = await exec(shoal, ['ps', 'a b'], { env: { PATH: plantNode('v24.1.0') } });
    expect(stdout).toBe(`ran ${root}/cli/main.ts ps a b\n`);
  });

  it('says what to do when it is too old', async () => {
    const failed = exec(shoal, ['ps'], { env: { PATH: plantNode('v20.19.0') } });
    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm install') });
  });
});

describe('shoal agent', () => {
  it("becomes the agent: the same process, its flags untouched, the agent's exit code", async () => {
    linkModules();
    const child = spawn(shoal, ['agent', '--json', '--socket', '/x', '--label', 'a=b', '--help']);
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    const flags = ['--json', '--socket', '/x', '--label', 'a=b', '--help'];
    expect(JSON.parse(out)).toMatchObject({ flags, pid: child.pid });
    expect(code).toBe(7);
  });

  it('gets a socket that is named before the command', async () => {
    linkModules();
    const failed = exec(shoal, ['--socket', '/y', 'agent']);
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('"socket":"/y"') });
  });
});

describe('a reader that has seen enough', () => {
  it('is no failure', async () => {
    linkModules();
    const many = Array.from({ length: 5_000 }, (_, index) => service({ name: `service-number-${index}` }));
    const agent = await startFakeAgent({ 'GET /services': () => many });
    const { stdout, stderr } = await exec('/bin/sh', [
      '-c',
      '"$0" services --socket "$1" | head -1',
      shoal,
      agent.socket,
    ]);
    await agent.close();
    expect(stdout).toMatch(/^NAME/);
    expect(stderr).toBe('');
  });
});
