/** The registry of record kinds: to add one, write its file and a line here and in `Bodies`. */
import { type AlertBody, alert } from './alert.ts';
import { type ClaimBody, claim } from './claim.ts';
import { type HostBody, host } from './host.ts';
import type { RecordKind } from './kind.ts';
import { type MemberBody, member } from './member.ts';
import { type NodeBody, node } from './node.ts';
import { type ProbeBody, probe } from './probe.ts';
import { type RolloutBody, rollout } from './rollout.ts';
import { type ServiceBody, service } from './service.ts';

export interface Bodies {
  alert: AlertBody;
  claim: ClaimBody;
  host: HostBody;
  member: MemberBody;
  node: NodeBody;
  probe: ProbeBody;
  rollout: RolloutBody;
  service: ServiceBody;
}

export type Kind = keyof Bodies;

export const KINDS: { [K in Kind]: RecordKind<Bodies[K]> } = {
  alert,
  claim,
  host,
  member,
  node,
  probe,
  rollout,
  service,
};

export const isKind = (name: string): name is Kind => Object.hasOwn(KINDS, name);
