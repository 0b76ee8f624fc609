/** How far many seeds have come: one line that is written anew on a terminal, a line now and then elsewhere. */
const EVERY_MS = { terminal: 200, elsewhere: 30_000 };

export interface Progress {
  show(done: number, failing: number, ms: number): void;
  /** a line that stays */
  above(line: string): void;
  end(): void;
}

/** On stderr, so that what is piped on holds results only. */
export function createProgress(seeds: number | null, minutes: number | null): Progress {
  const { stderr } = process;
  const everyMs = stderr.isTTY ? EVERY_MS.terminal : EVERY_MS.elsewhere;
  let shownAt = 0;
  const clear = (): void => void (stderr.isTTY && stderr.write('\r\x1b[K'));
  return {
    show: (done, failing, ms) => {
      if (ms - shownAt < everyMs) return;
      shownAt = ms;
      const share = seeds === null ? ms / ((minutes ?? 1) * 60_000) : done / seeds;
      const leftS = Math.round(((ms / share) * (1 - share)) / 1000);
      const perHour = Math.round((done / ms) * 3_600_000);
      clear();
      const line = `${done}${seeds === null ? '' : ` of ${seeds}`} seeds, ${failing} failing, ${perHour} an hour, ${leftS} s left`;
      stderr.write(stderr.isTTY ? line : `${line}\n`);
    },
    above: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    end: clear,
  };
}
