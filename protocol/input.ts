/** Everything that can happen to the core. `now` is monotonic, `wall` is Unix time, both in milliseconds. */
import type { EngineEvent } from './engine.ts';
import type { HostId } from './identity.ts';
import type { HeartbeatReport } from './membership/heartbeat-types.ts';
import type { ServiceSpec } from './spec.ts';
import type { Millis } from './time.ts';
import type { Message } from './wire/message.ts';

export type RequestId = number;
export type ProbeOutcome = 'open' | 'refused' | 'timeout' | 'unreachable';

/** What an operator asks for. The answer is a `reply` effect with the same request id. */
export type Command =
  | { command: 'deploy'; stack: string | null; services: ServiceSpec[] }
  | { command: 'scale'; service: string; replicas: number }
  | { command: 'removeServices'; services: string[] }
  | { command: 'removeStack'; stack: string }
  | { command: 'setAvailability'; host: string; availability: 'active' | 'drain' }
  | { command: 'setHostLabels'; host: string; set: Record<string, string>; remove: string[] }
  | { command: 'removeHost'; host: string }
  | { command: 'leave' };

export type Input = { now: Millis; wall: Millis } & Event;

export type Event =
  /** first input after creation: everything restored is in the state, drivers are up */
  | { kind: 'start' }
  | { kind: 'message'; from: HostId; message: Message }
  | { kind: 'timer'; timer: string; token: number }
  | { kind: 'peerUp'; host: HostId }
  | { kind: 'peerDown'; host: HostId }
  | { kind: 'heartbeat'; report: HeartbeatReport }
  | { kind: 'probed'; probe: number; outcome: ProbeOutcome }
  | { kind: 'engine'; event: EngineEvent }
  | { kind: 'load'; cpuMille: number; memoryMille: number }
  | { kind: 'command'; request: RequestId; command: Command }
  /** the store refused a batch (full disk ...): state was reloaded from it, commands are refused until it works again */
  | { kind: 'storeFailed'; reason: string }
  | { kind: 'storeWorks' };
