/** The images that services run. */
import type { ImageModel } from '../../protocol/rehearse/engine.ts';

export const IMAGES = ['web:1', 'web:2', 'slow:1', 'slow:2'];

/** `slow` takes its time to be pulled and to become healthy. */
export const imageModel = (name: string): Partial<ImageModel> =>
  name.startsWith('slow') ? { pullMs: 4_000, healthyMs: 3_000, startMs: 600 } : {};

/** The host port of services that insist on one. */
export const FIXED_PORT = 8_080;
