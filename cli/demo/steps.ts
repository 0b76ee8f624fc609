/** One line for each step with the time it took; on a terminal it can be seen waiting. */
import { span } from '../output.ts';

export interface Out {
  write(text: string): boolean;
  isTTY?: boolean;
}

const DRAW_EVERY_MS = 250;
const ERASE = '\r\x1b[2K';

/** Runs `job`; its answer is what the line says. Silent once `signal` has ended the run. */
export type Step = (name: string, job: () => Promise<string>) => Promise<void>;

export const createStep =
  (out: Out, signal?: AbortSignal): Step =>
  async (name, job) => {
    const started = performance.now();
    const passed = (): string => span(performance.now() - started).padStart(7);
    const head = (): string => `${name.padEnd(8)} ${passed()}`;
    const say = (line: string): void => {
      clearInterval(timer);
      if (!signal?.aborted) out.write(`${out.isTTY ? ERASE : ''}${head()}  ${line}\n`);
    };
    const timer = out.isTTY ? setInterval(() => out.write(`\r${head()}  ...`), DRAW_EVERY_MS) : undefined;
    try {
      say(await job());
    } catch (error) {
      say('FAILED');
      throw error;
    }
  };
