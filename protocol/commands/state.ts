/** Commands that were carried out here and wait, briefly, for neighbours to confirm (rule R9). */
import type { HostId } from '../identity.ts';
import type { RequestId } from '../input.ts';

interface PendingAck {
  request: RequestId;
  data: unknown;
  /** own sequence numbers that each neighbour must have stored */
  seqs: number[];
  waiting: Map<HostId, Set<number>>;
  of: number;
}

export interface CommandsState {
  pending: Map<RequestId, PendingAck>;
  /** the store's last error, while it refuses to persist */
  readOnly: string | null;
}

export const createCommands = (): CommandsState => ({ pending: new Map(), readOnly: null });
