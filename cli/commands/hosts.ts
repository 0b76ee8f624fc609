/** `shoal hosts` */
import type { HostInfo } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { bytes, type Cell, mille, span, table } from '../output.ts';
import type { CommandModule } from './command.ts';

const HEAD = [
  'id',
  'name',
  'state',
  'availability',
  'tasks',
  'cpu',
  'memory',
  'size',
  'address',
  'engine',
  'heard',
];

/** Enough letters of an id to tell hosts apart. */
const ID_LETTERS = 12;

const row = (host: HostInfo, context: Context): Cell[] => {
  const paint = host.state === 'alive' ? context.style.good : context.style.bad;
  return [
    host.id.slice(0, ID_LETTERS),
    host.self ? `${host.name} *` : host.name,
    { text: host.state, paint },
    host.availability,
    String(host.tasks),
    host.load ? mille(host.load.cpuMille) : '-',
    host.load ? mille(host.load.memoryMille) : '-',
    `${host.nanoCpus / 1e9} cores, ${bytes(host.memoryBytes)}`,
    `${host.address}:${host.port}`,
    host.engine,
    host.self ? 'here' : host.heardMsAgo === null ? 'never' : `${span(host.heardMsAgo)} ago`,
  ];
};

export const define: CommandModule['define'] = (command, act) => {
  command.action(() =>
    act(async (context) => {
      const envelope = await context.call('GET /hosts', {});
      const rows = (hosts: HostInfo[]): Cell[][] => hosts.map((host) => row(host, context));
      show(context, envelope, (hosts) => table(HEAD, rows(hosts), context.style));
    }),
  );
};
