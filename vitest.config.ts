/**
 * One project per kind of test: `vitest run --project unit` needs nothing but Node; the others say in their README or
 * first lines what they need, and skip with a reason where it is missing.
 */
import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], over: object = {}) => ({
  test: { name, include, ...over },
});

/** These share one machine's ports, networks and engines, so their files run one after another. */
const inTurn = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/{unit,laws,style,script}/**/*.test.ts'], { testTimeout: 30_000 }),
      project('sim', ['test/sim/**/*.test.ts'], { fileParallelism: false, testTimeout: 360_000 }),
      project('model', ['test/model/**/*.test.ts'], { testTimeout: 120_000 }),
      project('dns', ['test/dns/**/*.test.ts']),
      project('cli', ['test/cli/**/*.test.ts'], { testTimeout: 30_000 }),
      project('mesh', ['test/mesh/**/*.test.ts'], inTurn),
      project('engine', ['test/engine/**/*.test.ts'], inTurn),
      project('hosts', ['test/hosts/**/*.test.ts'], inTurn),
    ],
  },
});
