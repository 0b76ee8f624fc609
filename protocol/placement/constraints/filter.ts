/** What every placement filter sees. A filter says null (admitted) or why not, in one line. */
import type { HostId } from '../../identity.ts';
import type { Slot } from '../slot.ts';

/** A host as its published records describe it, plus what this evaluation has already given it. */
export interface Candidate {
  host: HostId;
  name: string;
  labels: Record<string, string>;
  drained: boolean;
  engineUp: boolean;
  memoryBytes: number;
  nanoCpus: number;
  usedMemoryBytes: number;
  usedNanoCpus: number;
  /** `tcp/8080` -> slots that hold it on this host */
  ports: Map<string, Slot[]>;
  /** running or pending tasks, in all and by service */
  tasks: number;
  tasksOf: Map<string, number>;
  cpuMille: number;
  memoryMille: number;
  /** slots that this host will not take for now, and why; known of ourselves only */
  quarantine: Map<Slot, string>;
}

/** What is to be placed. */
export interface Item {
  slot: Slot;
  service: string;
  /** the only host of a global service's slot; null: any */
  host: HostId | null;
  memoryBytes: number;
  nanoCpus: number;
  /** fixed host ports, as `tcp/8080` */
  ports: string[];
  /** constraint expressions as written, `node.labels.disk==ssd` */
  constraints: string[];
}

export interface Filter {
  name: string;
  refuse(candidate: Candidate, item: Item): string | null;
}
