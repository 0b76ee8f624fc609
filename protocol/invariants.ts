/** Assertions that stay on in production: a broken invariant must end the agent, not spread. */
class InvariantError extends Error {}

export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${what}`);
}

/** The compiler proves that every case is handled; at run time it catches what escaped validation. */
export function assertNever(value: never): never {
  throw new InvariantError(`unhandled case: ${JSON.stringify(value)}`);
}
