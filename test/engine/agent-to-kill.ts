import { openEngine } from '../../agent/engine/engine.ts';
import type { ContainerPlan } from '../../protocol/engine.ts';
import { HOST, MESH } from './beds.ts';

/** A process with nothing but an engine in it, to be killed. Arguments: engine URL, plan as JSON. Prints the event. */
const [url = '', container = ''] = process.argv.slice(2);
const plan: ContainerPlan = JSON.parse(container);
const engine = openEngine(url, { mesh: () => MESH, host: HOST });
engine.start((event) => {
  if (event.event === 'inventory') engine.perform({ op: 'start', container: plan });
  if (event.event === 'started') process.stdout.write(`${JSON.stringify(event)}\n`);
});
setInterval(() => undefined, 60_000);
