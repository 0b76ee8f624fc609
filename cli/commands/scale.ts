/** `shoal scale SERVICE=N ...` */
import type { ServiceInfo } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { UsageError } from '../failure.ts';
import { named } from '../names.ts';
import type { CommandModule } from './command.ts';

interface Target {
  service: string;
  replicas: number;
}

const parseTarget = (text: string): Target => {
  const match = /^([^=]+)=(\d{1,9})$/.exec(text);
  if (!match) throw new UsageError(`'${text}' is no SERVICE=NUMBER, such as web=3`);
  return { service: match[1]!, replicas: Number(match[2]) };
};

const scale = async (context: Context, targets: readonly Target[]): Promise<void> => {
  const data: ServiceInfo[] = [];
  for (const [index, { service, replicas }] of targets.entries()) {
    const answer = context.call('POST /services/:service/scale', { params: { service }, body: { replicas } });
    const envelope = await named(context, ['service'], service, answer);
    data.push(envelope.data);
    if (index < targets.length - 1 && !context.json)
      context.say(`${envelope.data.name} shall run ${replicas}`);
    else if (index === targets.length - 1) {
      show(context, { ...envelope, data }, () => `${envelope.data.name} shall run ${replicas}`);
    }
  }
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('<targets...>', 'SERVICE=NUMBER')
    .action((targets: string[]) => act((context) => scale(context, targets.map(parseTarget))));
};
