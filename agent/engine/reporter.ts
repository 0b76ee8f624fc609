import type { ClaimId, EngineEvent, ObservedContainer } from '../../protocol/engine.ts';

/**
 * Puts observations in an order that makes sense: nothing overtakes an inventory that is being made, since a
 * container started meanwhile would seem to be gone again; and what was told already is not told twice.
 */
export interface Reporter {
  /** Lists and tells everything anew; never answers with a list that was begun before the call. */
  inventory(list: () => Promise<ObservedContainer[]>): Promise<void>;
  /** the inventory under way is given up and never told: its answers belong to a lost connection */
  abandonInventory(): void;
  started(container: ObservedContainer): void;
  /** told only if it differs from what was told last */
  changed(container: ObservedContainer): void;
  gone(name: string, claim: ClaimId): void;
  /** there is none of that name: told only if there was one */
  vanished(name: string): void;
  /** events that say nothing about an existing container */
  tell(event: EngineEvent): void;
}

export function reporter(report: (event: EngineEvent) => void): Reporter {
  const told = new Map<string, { claim: ClaimId; text: string }>();
  let held: (() => void)[] = [];
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let run = 0;

  const remember = (container: ObservedContainer) =>
    void told.set(container.name, { claim: container.claim, text: JSON.stringify(container) });
  const inOrder = (action: () => void) => {
    if (underWay) held.push(action);
    else action();
  };

  function finish(): void {
    const waiting = held;
    held = [];
    underWay = null;
    run += 1;
    for (const action of waiting) action();
  }

  async function take(list: () => Promise<ObservedContainer[]>): Promise<void> {
    const mine = run;
    try {
      const containers = await list();
      if (mine !== run) return;
      told.clear();
      for (const container of containers) remember(container);
      report({ event: 'inventory', containers });
    } finally {
      if (mine === run) finish();
    }
  }

  function inventory(list: () => Promise<ObservedContainer[]>): Promise<void> {
    if (!underWay) {
      underWay = take(list);
      return underWay;
    }
    next ??= underWay
      .catch(() => undefined)
      .then(() => {
        next = null;
        return inventory(list);
      });
    return next;
  }

  function change(container: ObservedContainer): void {
    if (told.get(container.name)?.text === JSON.stringify(container)) return;
    remember(container);
    report({ event: 'changed', container });
  }

  function gone(name: string, claim: ClaimId): void {
    // the name may have passed to another claim, which is still there
    if (told.get(name)?.claim === claim) told.delete(name);
    report({ event: 'gone', name, claim });
  }

  return {
    inventory,
    abandonInventory: finish,
    started: (container) =>
      inOrder(() => {
        report({ event: 'started', container });
        remember(container);
        // it may be over already: that is a change of its own
        if (container.state !== 'running') report({ event: 'changed', container });
      }),
    changed: (container) => inOrder(() => change(container)),
    gone: (name, claim) => inOrder(() => gone(name, claim)),
    vanished: (name) =>
      inOrder(() => {
        const last = told.get(name);
        if (last) gone(name, last.claim);
      }),
    tell: (event) => inOrder(() => report(event)),
  };
}
