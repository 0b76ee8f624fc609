// The images that tests run. They are made once per machine: importing one archive twice gives two ids, and
// hosts tell images apart by their id (rule N4: test beds build once and copy by save and load).
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { must, run } from './run.ts';
import { BEDS_DIR } from './state.ts';

/** A shell and the usual small commands; sleeps until it is told to end. */
export const BUSYBOX_IMAGE = 'shoal/busybox:test';
/** Serves /www on $PORT (80), ends at once on TERM; /cgi-bin/host answers the container's host name. */
export const WEB_IMAGE = 'shoal/web:test';

// A server that is process 1 itself would ignore TERM and hold every stop for its whole grace.
const SERVE = `#!/bin/sh
trap 'exit 0' TERM INT
httpd -f -p "\${PORT:-80}" -h /www &
wait
`;
const WAIT = `#!/bin/sh
trap 'exit 0' TERM INT
sleep 2147483647 &
wait
`;
const FILES: Readonly<Record<string, string>> = {
  '/serve': SERVE,
  '/wait': WAIT,
  '/www/index.html': 'shoal web\n',
  '/www/cgi-bin/host': '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nhostname\n',
  '/etc/passwd': 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  '/etc/group': 'root:x:0:\nnobody:x:65534:\n',
};

/** The archive of both images, for `docker load`; made on the engine of `dockerSocket` if it is missing. */
export async function imageArchive(dockerSocket: string): Promise<string> {
  const busybox = await staticBusybox();
  const recipe = createHash('sha256').update(readFileSync(busybox)).update(JSON.stringify(FILES));
  const archive = join(BEDS_DIR, '.images', `${recipe.digest('hex').slice(0, 16)}.tar`);
  if (!existsSync(archive)) await makeArchive(archive, dockerSocket, busybox);
  return archive;
}

/** Gives the images of the archive to one engine. */
export async function loadImages(archive: string, dockerSocket: string): Promise<void> {
  await must(['docker', '--host', `unix://${dockerSocket}`, 'load', '--quiet', '--input', archive]);
}

async function makeArchive(archive: string, dockerSocket: string, busybox: string): Promise<void> {
  const cache = join(BEDS_DIR, '.images');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'make-'));
  const docker = ['docker', '--host', `unix://${dockerSocket}`];
  try {
    await makeRoot(join(work, 'root'), busybox);
    await must(['tar', '-c', '-C', join(work, 'root'), '-f', join(work, 'root.tar'), '.']);
    const web = ['--change', 'CMD ["/serve"]', '--change', 'EXPOSE 80'];
    await must([...docker, 'import', '--change', 'CMD ["/wait"]', join(work, 'root.tar'), BUSYBOX_IMAGE]);
    await must([...docker, 'import', ...web, join(work, 'root.tar'), WEB_IMAGE]);
    await must([...docker, 'save', '--output', join(work, 'images.tar'), BUSYBOX_IMAGE, WEB_IMAGE]);
    publish(join(work, 'images.tar'), archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Another bed may have made the archive meanwhile: the first one counts, its images are loaded over ours. */
function publish(made: string, archive: string): void {
  try {
    linkSync(made, archive);
  } catch (error) {
    if (!existsSync(archive)) throw error;
  }
}

async function makeRoot(root: string, busybox: string): Promise<void> {
  for (const dir of ['bin', 'etc', 'tmp', 'data', 'www/cgi-bin'])
    mkdirSync(join(root, dir), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  await must(['cp', busybox, join(root, 'bin', 'busybox')]);
  const commands = (await must([busybox, '--list'])).split('\n').filter((name) => name !== 'busybox');
  for (const name of commands) linkSync(join(root, 'bin', 'busybox'), join(root, 'bin', name));
  for (const [path, content] of Object.entries(FILES)) {
    const script = content.startsWith('#!');
    writeFileSync(join(root, path), content, { mode: script ? 0o755 : 0o644 });
  }
}

/** Path of a busybox that needs no libraries. */
async function staticBusybox(): Promise<string> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) {
    if (existsSync(path) && (await run(['ldd', path])).code !== 0) return path;
  }
  throw new Error('no static busybox here: install the package busybox-static');
}
