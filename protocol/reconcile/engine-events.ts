/** What the engine tells, and who deals with it. */
import type { EngineEvent } from '../engine.ts';
import { publishHost } from '../membership/self.ts';
import { log, type State } from '../state.ts';
import { adoptInventory } from './adopt.ts';
import { onContainer, onGone, onPullFailed, onStartFailed } from './observe.ts';
import { onPulled } from './work.ts';

export function onEngineEvent(state: State, event: EngineEvent): void {
  switch (event.event) {
    case 'up':
      state.local.engine = event.info;
      state.local.engineDown = '';
      publishHost(state);
      break;
    case 'down':
      state.local.engine = null;
      state.local.engineDown = event.reason;
      state.local.counted = false;
      publishHost(state);
      log(state, 'warn', 'container engine does not answer', { reason: event.reason });
      break;
    case 'inventory':
      adoptInventory(state, event.containers);
      break;
    case 'pulled':
      onPulled(state, event.image);
      break;
    case 'pullFailed':
      onPullFailed(state, event.image, event.reason);
      break;
    case 'startFailed':
      onStartFailed(state, event.claim, event.reason);
      break;
    case 'started':
    case 'changed':
      state.local.containers.set(event.container.name, event.container);
      onContainer(state, event.container);
      break;
    case 'gone':
      onGone(state, event.name, event.claim);
      break;
  }
}
