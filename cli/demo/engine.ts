/** Which engine the agents of the demo use: the Docker engine that answers on this machine, else the built-in one. */
import { callDocker, type Docker, dockerAt } from './docker.ts';
import { textOf } from './wait.ts';

const DEFAULT_URL = 'unix:///var/run/docker.sock';
const ASK_MS = 3_000;
const DOCKER_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface Engine {
  /** as agents take it */
  url: string;
  /** null: the process engine */
  docker: Docker | null;
  /** one line for a person */
  note: string;
}

/** `wish`: what --engine said. Throws one line when it cannot be used; without a wish the process engine steps in. */
export const chooseEngine = async (
  wish: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Engine> => {
  if (wish === 'process:') return processEngine('as --engine says');
  const url = wish ?? (env.DOCKER_HOST || DEFAULT_URL);
  const docker = dockerAt(url);
  const obstacle = docker
    ? await obstacleOf(docker)
    : 'it is not on this machine, or not spoken to by unix or tcp';
  if (docker && obstacle === null) return { url, docker, note: `the Docker engine at ${url}` };
  const why = `the Docker engine at ${url} cannot be used: ${obstacle}`;
  if (wish !== undefined) throw new Error(why);
  return processEngine(why);
};

const processEngine = (why: string): Engine => ({
  url: 'process:',
  docker: null,
  note: `the built-in process engine, which runs a service's command as processes of this machine (${why})`,
});

/** Why the demo's image would not run there, or null. */
const obstacleOf = async (docker: Docker): Promise<string | null> => {
  if (process.platform !== 'linux')
    return `an image made from the Node of ${process.platform} runs nowhere else`;
  try {
    const { status, text } = await callDocker(docker, 'GET', '/version', { deadlineMs: ASK_MS });
    if (status !== 200) return `it answered ${status}`;
    const { Os, Arch }: { Os?: string; Arch?: string } = JSON.parse(text);
    const isSame = Os === 'linux' && Arch === DOCKER_ARCH[process.arch];
    return isSame ? null : `it runs on ${Os} ${Arch}, this Node on linux ${process.arch}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT') return 'there is no such socket';
    if (code === 'EACCES') return 'this user may not use its socket';
    return code === 'ECONNREFUSED' ? 'nobody listens there' : textOf(error);
  }
};
