import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';

/** Use of the whole host, each 0 to 1000: CPU over all cores since the last call, memory that is not available. */
export interface Usage {
  cpuMille: number;
  memoryMille: number;
}

interface CpuTicks {
  busy: number;
  total: number;
}

/** Two readings closer than this say nothing: /proc/stat counts in ticks of 10 ms. */
const SHORTEST_TICKS = 20;

/** Each reader keeps its own last reading, so that two of them do not shorten each other's window. */
export function usageReader(): () => Promise<Usage> {
  let last: CpuTicks = { busy: 0, total: 0 };
  let cpuMille = 0;
  // the first window begins here; an answer before it is long enough is the mean since boot
  const opened = cpuTicks().then((ticks) => {
    cpuMille = mille(ticks.busy, ticks.total);
    last = ticks;
  });
  return async () => {
    await opened;
    const now = await cpuTicks();
    const total = now.total - last.total;
    if (total >= SHORTEST_TICKS) {
      cpuMille = mille(now.busy - last.busy, total);
      last = now;
    }
    return { cpuMille, memoryMille: await memoryMille() };
  };
}

const mille = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.min(1000, Math.max(0, Math.round((part / whole) * 1000)));

async function cpuTicks(): Promise<CpuTicks> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '');
  const line = stat.match(/^cpu\s+(.*)$/m)?.[1];
  if (!line) return ticksOfOs();
  // user nice system idle iowait irq softirq steal; guest times are already part of user
  const fields = line.split(/\s+/).slice(0, 8).map(Number);
  const total = fields.reduce((sum, field) => sum + field, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: total - idle, total };
}

function ticksOfOs(): CpuTicks {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { busy: total - idle, total };
}

async function memoryMille(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const total = Number(text.match(/^MemTotal:\s+(\d+)/m)?.[1] ?? 0);
  const available = Number(text.match(/^MemAvailable:\s+(\d+)/m)?.[1] ?? 0);
  if (total > 0) return mille(total - available, total);
  return mille(totalmem() - freemem(), totalmem());
}
