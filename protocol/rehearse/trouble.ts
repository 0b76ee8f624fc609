/** What a rehearsed container engine suffers from. */

/** What is wrong with the engine or its registry at the moment. */
export interface Trouble {
  /** nothing is answered; what was asked meanwhile is done when it ends */
  hangs: boolean;
  /** the agent's driver has noticed, and says that the engine is down */
  isGivenUp: boolean;
  waiting: (() => void)[];
  /** share of starts that fail before anything was done, and that are answered with a time-out though they succeed */
  failing: number;
  timingOut: number;
  /** changes are not told; an inventory follows when it ends */
  isMute: boolean;
  registryDown: boolean;
  /** pulls take so many times longer */
  pullFactor: number;
}

export const noTrouble = (): Trouble => ({
  hangs: false,
  isGivenUp: false,
  waiting: [],
  failing: 0,
  timingOut: 0,
  isMute: false,
  registryDown: false,
  pullFactor: 1,
});
