/** The container engine answers nothing; what was asked is done when it answers again. */
import { hang, recover } from '../../protocol/rehearse/engine.ts';
import { lasting } from './lasting.ts';

export const engineHang = lasting({
  what: 'engine-hang',
  leastMs: 500,
  mostMs: 90000,
  begin: ({ engine }) => hang(engine),
  end: ({ engine }) => recover(engine),
});
