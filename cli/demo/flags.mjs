/** Flags of the demo. Plain JavaScript: they are checked before anything is installed. */
import { parseArgs } from 'node:util';

export const HELP = `Usage: npm start [-- flags]

Raises three agents on this machine, each a host, deploys a sample service and stays until Ctrl-C.

  --once        walk through the story instead: deploy, resolve, fetch, lose a host, heal; ends by its result
  --engine URL  unix:///path/to/docker.sock, tcp://127.0.0.1:PORT, or process: for the built-in process engine
                (else DOCKER_HOST, else /var/run/docker.sock if a Docker engine answers there, else process:)
  --help        show this`;

/** Throws an Error whose message is one line. */
export function readFlags(args) {
  const options = { once: { type: 'boolean' }, engine: { type: 'string' }, help: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new Error(`${error.message.split('. ')[0]}; npm start -- --help lists the flags`);
  }
  const { once = false, engine, help = false } = values;
  if (engine !== undefined && !/^(process:$|unix:\/\/\/|tcp:\/\/[^/:]+:\d+\/?$)/.test(engine)) {
    throw new Error(`--engine ${engine}: give unix:///path/to/docker.sock, tcp://127.0.0.1:PORT or process:`);
  }
  return { once, engine, help };
}
