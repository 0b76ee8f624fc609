/**
 * A host of a newer version: it writes a kind of record that nobody here knows and a field that none of the known
 * kinds has, and says a message of a type yet to come. All of it must pass through, and harm nobody.
 */
import { signRow } from '../../protocol/records/sign.ts';
import { encode } from '../../protocol/wire/codec.ts';
import { decodeMessage } from '../../protocol/wire/validate.ts';
import { createCrypto, MESH } from '../crypto.ts';
import { type Action, pick } from '../event.ts';
import { receive } from '../fabric.ts';
import { alive, hostNamed, stateOf } from '../mesh.ts';

export const newerPeer: Action = {
  draw: (mesh, random) => [
    {
      afterMs: 0,
      what: 'newer-peer',
      args: { host: pick(random, mesh.hosts).name, other: pick(random, mesh.hosts).name },
    },
  ],
  act: (mesh, { host: name = '', other: to = '' }) => {
    const [host, other] = [hostNamed(mesh, name), hostNamed(mesh, to)];
    if (!host?.agent || !other?.agent || host === other || !alive(mesh).includes(host)) return 'nobody';
    const { maxMessageBytes, maxBodyBytes } = host.config.tunables;
    for (const message of [encode([1, 'greet', { loudly: true }]), encode([2, 'rows', []])]) {
      const decoded = decodeMessage(message, { maxMessageBytes, maxBodyBytes });
      if (!('ignored' in decoded)) throw new Error('a message of a newer version is not ignored');
    }
    const { meta } = stateOf(host);
    const common = { origin: host.id, hlc: meta.hlc, epoch: meta.epoch, seq: meta.seq };
    const body = encode({ value: 'x', future: [1, { deep: true }] });
    const rows = [
      signRow(createCrypto(name), MESH, { ...common, kind: 'volume', id: `v-${name}`, group: 'spec', body }),
      signRow(createCrypto(name), MESH, {
        ...common,
        kind: 'node',
        id: host.id,
        group: 'label.future',
        body,
      }),
    ];
    receive(other, host.id, { type: 'rows', how: 'repair', rows });
    return `${name} to ${to}`;
  },
};
