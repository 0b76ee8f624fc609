/** The sample service's image: this machine's Node, its shared libraries and the server's script, imported once. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { archive, type Packed } from './archive.ts';
import { callDocker, type Docker } from './docker.ts';

export const IMAGE = 'shoal-demo:latest';
const LABEL = 'shoal.demo';
const SERVER = join(import.meta.dirname, 'server.mjs');
const IMPORT_MS = 300_000;

/** Makes the image unless the engine holds one of the same content; answers which of the two. */
export const ensureImage = async (docker: Docker): Promise<'found' | 'made'> => {
  const recipe = recipeOf();
  const held = await callDocker(docker, 'GET', `/images/${IMAGE}/json`);
  if (held.status === 200 && labelOf(held.text) === recipe) return 'found';
  const changes = [`LABEL ${LABEL}=${recipe}`, 'ENV PATH=/bin', 'WORKDIR /demo'];
  const query = new URLSearchParams({ fromSrc: '-', repo: IMAGE.split(':')[0]!, tag: IMAGE.split(':')[1]! });
  for (const change of changes) query.append('changes', change);
  const { status, text } = await callDocker(docker, 'POST', `/images/create?${query}`, {
    body: Readable.from(archive(contents())),
    deadlineMs: IMPORT_MS,
  });
  const failure = /"error":"([^"]*)"/.exec(text)?.[1];
  if (status !== 200 || failure !== undefined) {
    throw new Error(`Docker at ${docker.url} did not import the image ${IMAGE}: ${failure ?? text.trim()}`);
  }
  return 'made';
};

/** Changes with everything that goes into the image. */
const recipeOf = (): string =>
  createHash('sha256').update(process.version).update(readFileSync(SERVER)).digest('hex').slice(0, 16);

const labelOf = (image: string): string | undefined => {
  const { Config }: { Config?: { Labels?: Record<string, string> | null } | null } = JSON.parse(image);
  return Config?.Labels?.[LABEL];
};

const contents = (): Packed[] => {
  const node = realpathSync(process.execPath);
  const libraries = librariesOf(node).map((path) => ({
    path: path.slice(1),
    source: realpathSync(path),
    mode: 0o755,
  }));
  const script = { path: 'demo/server.mjs', source: SERVER, mode: 0o644 };
  return [{ path: 'bin/node', source: node, mode: 0o755 }, ...libraries, script];
};

/** `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x...)`, and the loader by its path alone. */
const librariesOf = (program: string): string[] => {
  const printed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...printed.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm)].map(([, path]) => path!);
};
