/** The event stream is cut and what it would have told is missed, until the next inventory. */
import { recover } from '../../protocol/rehearse/engine.ts';
import { lasting } from './lasting.ts';

export const eventsLost = lasting({
  what: 'events-lost',
  leastMs: 500,
  mostMs: 60000,
  begin: ({ engine }) => {
    engine.trouble.isMute = true;
  },
  end: ({ engine }) => recover(engine),
});
