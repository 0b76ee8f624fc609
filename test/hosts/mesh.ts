// Making one mesh of the agents of a bed.
import { type Bed, ok } from './bed.ts';

/** `shoal init` on the first host, `shoal join` with an invite of its own on each other one. */
export async function formMesh(bed: Bed): Promise<void> {
  const [first, ...others] = bed.hosts();
  if (!first) return;
  ok(await bed.shoal(first.index, 'init'), `${first.name}: shoal init`);
  for (const host of others) {
    const printed = ok(await bed.shoal(first.index, 'invite'), `${first.name}: shoal invite`);
    const invite = printed.split('\n').at(-1) ?? '';
    ok(await bed.shoal(host.index, 'join', invite), `${host.name}: shoal join`);
  }
}
