/** Power loss of a host, and the end of a run: the agent and all that it runs, killed at once. */
import { rmSync } from 'node:fs';
import { callDocker, containersWith, type Docker, dockerAt } from './docker.ts';
import { commandLine, containedIn, killHard } from './processes.ts';
import type { Host, Run } from './run.ts';
import { until } from './wait.ts';

const END_MS = 10_000;

/** Answers how many containers were lost with the host. */
export const cutPower = async (run: Run, host: Host): Promise<number> => {
  const docker = dockerOf(run);
  // known before the agent dies, so that nothing of it lives on for longer than it must
  const doomed =
    docker && host.id !== null ? await containersWith(docker, `shoal.host=${host.id}`, false) : [];
  killAgent(host);
  if (docker) {
    await Promise.all(doomed.map((id) => callDocker(docker, 'POST', `/containers/${id}/kill?signal=KILL`)));
    return doomed.length;
  }
  return endContained(host);
};

/** Takes away all that a run has made, this one's or a crashed one's. What is gone already is no error. */
export const clearRun = async (run: Run): Promise<void> => {
  for (const host of run.hosts) killAgent(host);
  await Promise.all(run.hosts.map(endContained));
  const docker = dockerOf(run);
  if (docker && run.mesh !== null) {
    const left = await containersWith(docker, `shoal.mesh=${run.mesh}`, true);
    await Promise.all(left.map((id) => callDocker(docker, 'DELETE', `/containers/${id}?force=true&v=true`)));
  }
  await Promise.all(run.hosts.map(agentEnds));
  rmSync(run.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
};

const dockerOf = (run: Run): Docker | null => dockerAt(run.engine);

const isAgent = ({ agentPid, dir }: Host): boolean =>
  agentPid !== null && commandLine(agentPid).includes(dir);

const killAgent = (host: Host): void => {
  host.powered = false;
  if (host.agentPid !== null && isAgent(host)) killHard(host.agentPid);
};

const agentEnds = (host: Host): Promise<unknown> =>
  until(`${host.name}'s agent ends`, END_MS, never, () => (isAgent(host) ? undefined : true));

/** Processes of the process engine under a host's folder; answers how many there were. */
const endContained = async (host: Host): Promise<number> => {
  const doomed = containedIn(host.dir);
  for (const { pid } of doomed) killHard(-pid);
  await until(`what ${host.name} ran ends`, END_MS, never, () => {
    const left = containedIn(host.dir);
    for (const { pid } of left) killHard(-pid);
    return left.length === 0 ? true : undefined;
  });
  return doomed.length;
};

/** Clearing up goes on to its end, whoever wants it to stop. */
const never = new AbortController().signal;
