/** Runs a command line in this process and keeps what it printed. */
import { run } from '../../cli/main.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface Surroundings {
  socket?: string;
  env?: Record<string, string>;
  cwd?: string;
  isTerminal?: boolean;
}

const createSink = (isTTY: boolean) => {
  const sink = {
    text: '',
    isTTY,
    write: (text: string): boolean => {
      sink.text += text;
      return true;
    },
    once: (): void => {},
  };
  return sink;
};

export const shoal = async (args: string[], around: Surroundings = {}): Promise<Ran> => {
  const isTTY = around.isTerminal ?? false;
  const [stdout, stderr] = [createSink(isTTY), createSink(isTTY)];
  const env = { ...(around.socket ? { SHOAL_SOCKET: around.socket } : {}), ...around.env };
  const code = await run(args, { stdout, stderr, env, cwd: around.cwd ?? '/' });
  return { code, out: stdout.text, err: stderr.text };
};
