import { oneLine } from '../one-line.ts';
import type { Timing } from '../timing.ts';
import { CallFailed, type Connection, get, isStatus } from './connection.ts';

/** References become parts of request paths, so nothing but Docker's alphabet passes. */
export const isImageReference = (image: string): boolean =>
  /^[a-zA-Z0-9][\w.:/@-]{0,400}$/.test(image) && !image.includes('..') && !image.includes('//');

/**
 * Makes an image present: looks for it on this host first, and only then asks its registry.
 * Throws the engine's reason in one line.
 */
export async function makePresent(connection: Connection, image: string, timing: Timing): Promise<void> {
  if (!isImageReference(image)) throw new CallFailed(`"${image}" is no image reference`);
  if (await isPresent(connection, image, timing.callMs)) return;
  if (/^(sha256:)?[0-9a-f]{64}$/.test(image)) {
    throw new CallFailed(
      `image id ${image} is not on this host, and ids cannot be pulled: load it here or name it`,
    );
  }
  await pull(connection, image, timing);
  if (await isPresent(connection, image, timing.callMs)) return;
  throw new CallFailed(`image ${image} was pulled, yet the engine does not know it`);
}

async function isPresent(connection: Connection, image: string, callMs: number): Promise<boolean> {
  try {
    await connection.call(`look for image ${image}`, callMs, (docker, signal) =>
      get(docker, `/images/${image}/json`, signal),
    );
    return true;
  } catch (err) {
    if (isStatus(err, 404)) return false;
    throw err;
  }
}

async function pull(connection: Connection, image: string, timing: Timing): Promise<void> {
  const abort = new AbortController();
  const idle = new CallFailed(`the registry sent nothing of ${image} for ${timing.pullIdleMs / 1000} s`);
  const whole = new CallFailed(`pulling ${image} took over ${timing.pullMs / 60_000} min`);
  let reason: CallFailed | undefined;
  const giveUp = (why: CallFailed) => () => {
    reason = why;
    abort.abort();
  };
  const wholeTimer = setTimeout(giveUp(whole), timing.pullMs);
  const idleTimer = setTimeout(giveUp(idle), timing.pullIdleMs);
  try {
    const progress = await connection.open(
      `begin to pull ${image}`,
      timing.pullMs,
      abort.signal,
      (docker, abortSignal) => docker.createImage({ ...repositoryAndTag(image), abortSignal }),
    );
    let rest = '';
    for await (const chunk of progress) {
      idleTimer.refresh();
      rest = readProgress(rest + String(chunk));
    }
  } catch (err) {
    throw reason ?? err;
  } finally {
    clearTimeout(wholeTimer);
    clearTimeout(idleTimer);
  }
}

/** A pull that fails half-way still has status 200: the reason is one of the progress lines. */
function readProgress(text: string): string {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) {
    const error = line.includes('"error"') ? errorIn(line) : undefined;
    if (error) throw new CallFailed(oneLine(error));
  }
  return rest;
}

function errorIn(line: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return undefined;
    return String(parsed.error);
  } catch {
    return undefined;
  }
}

/** Without a tag the engine would pull every tag there is. */
export function repositoryAndTag(image: string): { fromImage: string; tag: string } {
  const at = image.indexOf('@');
  if (at >= 0) return { fromImage: image.slice(0, at), tag: image.slice(at + 1) };
  const colon = image.lastIndexOf(':');
  if (colon > image.lastIndexOf('/'))
    return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
  return { fromImage: image, tag: 'latest' };
}
