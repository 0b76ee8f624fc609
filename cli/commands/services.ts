/** `shoal services` */
import type { ServiceInfo } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { type Cell, table } from '../output.ts';
import type { CommandModule } from './command.ts';

const HEAD = ['name', 'stack', 'mode', 'running', 'image', 'ports', 'remark'];

const remark = ({ conflict, update }: ServiceInfo): string => {
  const parts = [update, conflict === null ? null : `the name belongs to ${conflict}`];
  return parts.filter((part) => part !== null).join(', ');
};

const row = (service: ServiceInfo, context: Context): Cell[] => [
  service.name,
  service.stack ?? '',
  service.mode,
  {
    text: `${service.running}/${service.desired}`,
    paint: service.running < service.desired ? context.style.bad : context.style.good,
  },
  service.image,
  service.ports.join(', '),
  remark(service),
];

export const define: CommandModule['define'] = (command, act) => {
  command.option('--stack <name>', 'of one stack only').action(({ stack }: { stack?: string }) =>
    act(async (context) => {
      const envelope = await context.call('GET /services', { query: { stack } });
      show(context, envelope, (services) =>
        table(
          HEAD,
          services.map((service) => row(service, context)),
          context.style,
        ),
      );
    }),
  );
};
