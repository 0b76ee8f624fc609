// The Docker engine of one host.
import { existsSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { cgroupOf } from './cgroups.ts';
import { hasEnded, initPidOf, kill, runsInside, startInside } from './power.ts';
import { until } from './run.ts';
import { type BedState, hostOf, hostStateOf, update } from './state.ts';

// Nothing on a bed can reach a registry. A proxy that refuses makes a pull fail at once, where silence would
// hold it for minutes. Swarm, for comparisons, would ask a registry before every task.
const ENGINE_ENV = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '10.0.0.0/8,127.0.0.0/8',
  DOCKER_SERVICE_PREFER_OFFLINE_IMAGE: '1',
};

/** Starts dockerd on a host that has power and waits until it answers. */
export async function startEngine(state: BedState, index: number): Promise<void> {
  const host = hostOf(state, index);
  const initPid = initPidOf(state, index);
  rmSync(host.dockerSocket, { force: true });
  const argv = [
    'dockerd',
    ...[
      '--data-root',
      join(host.dir, 'docker'),
      '--exec-root',
      '/run/docker',
      '--pidfile',
      '/run/docker.pid',
    ],
    ...['--host', 'unix:///run/docker.sock', '--host', `unix://${host.dockerSocket}`],
    // Under a folder of the bed's, so that what a killed host leaves behind there can be found.
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${cgroupOf(state.name, index)}`],
    ...['--log-level', 'warn'],
  ];
  const pid = await startInside(initPid, { argv, logFile: host.engineLogFile, cwd: '/', env: ENGINE_ENV });
  update(state.name, index, (it) => {
    it.enginePid = pid;
  });
  await until(`${host.name}'s dockerd answers (see ${host.engineLogFile})`, 60_000, async () => {
    if (!runsInside(initPid, pid)) throw new Error(`${host.name}'s dockerd ended: see ${host.engineLogFile}`);
    return answers(host.dockerSocket, '/_ping');
  });
}

/** Signals a host's dockerd and waits for its end; containers stop with it only when it is asked politely. */
export async function stopEngine(state: BedState, index: number, signal: NodeJS.Signals): Promise<void> {
  const pid = enginePidOf(state, index);
  kill(pid, signal);
  await until(`h${index}'s dockerd ends on ${signal}`, 30_000, () => hasEnded(pid));
}

export function enginePidOf(state: BedState, index: number): number {
  const { enginePid } = hostStateOf(state, index);
  if (enginePid !== undefined && runsInside(initPidOf(state, index), enginePid)) return enginePid;
  throw new Error(`h${index}'s dockerd does not run`);
}

/** Whether something answers an HTTP GET on a socket file with 200. */
export function answers(socketPath: string, path: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const request = get({ socketPath, path, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
