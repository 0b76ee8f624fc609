/** Lets `width` tasks run at once; the others wait in order. */
export interface Gate {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * A task that takes longer than `holdMs` goes on but gives its place to the next: a burst is bounded,
 * yet slow or stuck containers never keep others waiting.
 */
export function gate(width: number, holdMs: number): Gate {
  let free = width;
  const waiting: (() => void)[] = [];

  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }

  async function run<T>(task: () => Promise<T>): Promise<T> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    let inside = true;
    const leaveOnce = () => {
      if (inside) leave();
      inside = false;
    };
    const timer = setTimeout(leaveOnce, holdMs);
    try {
      return await task();
    } finally {
      clearTimeout(timer);
      leaveOnce();
    }
  }

  return { run };
}
