import type { Mesh } from '../mesh.ts';

/** One promise of the protocol, held against a mesh at rest: one line for each place where it is broken. */
export interface Check {
  name: string;
  faults(mesh: Mesh): string[];
}
