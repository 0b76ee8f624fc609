/** `shoal stacks`: counted from the services, since a stack is nothing but their common label. */
import type { ServiceInfo } from '../../protocol/api.ts';
import { show } from '../context.ts';
import { table } from '../output.ts';
import type { CommandModule } from './command.ts';

interface Stack {
  name: string;
  services: number;
  running: number;
  desired: number;
}

const stacksOf = (services: readonly ServiceInfo[]): Stack[] => {
  const stacks = new Map<string, Stack>();
  for (const { stack: name, running, desired } of services) {
    if (name === null) continue;
    const stack = stacks.get(name) ?? { name, services: 0, running: 0, desired: 0 };
    stacks.set(name, {
      name,
      services: stack.services + 1,
      running: stack.running + running,
      desired: stack.desired + desired,
    });
  }
  return [...stacks.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

export const define: CommandModule['define'] = (command, act) => {
  command.action(() =>
    act(async (context) => {
      const envelope = await context.call('GET /services', {});
      show(context, { ...envelope, data: stacksOf(envelope.data) }, (stacks) => {
        const rows = stacks.map((stack) => [
          stack.name,
          String(stack.services),
          `${stack.running}/${stack.desired}`,
        ]);
        return table(['name', 'services', 'running'], rows, context.style);
      });
    }),
  );
};
