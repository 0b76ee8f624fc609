/** `shoal dns NAME [--type TYPE]`: fails when the name does not exist, as a resolver would. */
import type { DnsAnswer } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { EXIT } from '../failure.ts';
import { table } from '../output.ts';
import type { CommandModule } from './command.ts';

const HEAD = ['name', 'type', 'ttl', 'data'];

const text = ({ name, type, status, answers }: DnsAnswer, context: Context): string => {
  if (status !== 'NOERROR') return `${name} ${type}: ${status}`;
  if (answers.length === 0) return `${name} ${type}: the name exists, but has no record of this type`;
  const rows = answers.map((answer) => [answer.name, answer.type, `${answer.ttl} s`, answer.data]);
  return table(HEAD, rows, context.style);
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('<name>', 'such as web.shop.shoal.internal')
    .option('--type <type>', 'A, AAAA, SRV, PTR ...', 'A')
    .action((name: string, { type }: { type: string }) =>
      act(async (context) => {
        const query = { type: type.toUpperCase() };
        const envelope = await context.call('GET /dns/:name', { params: { name }, query });
        show(context, envelope, (answer) => text(answer, context));
        return envelope.data.status === 'NOERROR' ? EXIT.done : EXIT.failed;
      }),
    );
};
