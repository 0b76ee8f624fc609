import { type Check, remembering } from './check.ts';

const recall = remembering(() => ({ lookedAt: 0 }));

/** No input makes a step fail: no invariant of the core breaks, nothing throws. */
export const noFailedStep: Check = {
  name: 'no step fails',
  when: 'anytime',
  source: 'C6',
  look: (mesh, memory) => {
    const { lookedAt } = recall(memory);
    recall(memory).lookedAt = mesh.world.now;
    return mesh.hosts.flatMap((host) => {
      const logs = host.agent?.process.logs ?? [];
      const failed: string[] = [];
      for (let i = logs.length - 1; i >= 0 && (logs[i]?.at ?? 0) >= lookedAt; i--) {
        const log = logs[i];
        if (log?.text.startsWith('a step failed'))
          failed.push(`${host.name}: ${JSON.stringify(log.data).slice(0, 300)}`);
      }
      return failed;
    });
  },
};
