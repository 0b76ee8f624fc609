/** What an endpoint group exports: one handler for each route of protocol/api.ts it serves. */
import type { Routes } from '../../protocol/api.ts';
import { type ErrorCode, type Failure, failure } from '../../protocol/errors.ts';
import type { Command } from '../../protocol/input.ts';
import type { State } from '../../protocol/state.ts';
import type { Host } from '../host.ts';
import type { Member } from '../member.ts';

/** Thrown by handlers; becomes `{ error }` with its status. */
export class ApiError extends Error {
  readonly failure: Failure;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.failure = failure(code, message);
  }
}

export interface Request {
  params: Record<string, string>;
  query: URLSearchParams;
  /** parsed JSON, untrusted; undefined without a body */
  body: unknown;
  host: Host;
}

export interface Answer<T> {
  data: T;
  kept?: { others: number; of: number };
}

export type Route = Exclude<keyof Routes, 'GET /services/:service/logs'>;
export type Handler<R extends Route> = (request: Request) => Promise<Answer<Routes[R]['out']>>;
export type Handlers = { [R in Route]: Handler<R> };

/** The member behind a request, or the one line that says how to become one. */
export function memberOf(request: Request): Member {
  const { member } = request.host;
  if (member) return member;
  throw new ApiError(
    'NOT_A_MEMBER',
    'this host is not a member of a mesh yet: run `shoal init` for the first host, `shoal join INVITE` for others',
  );
}

export const read = <T>(request: Request, query: (state: State) => T): T =>
  memberOf(request).loop.read(query);

/** Runs a command through the core and waits for its acknowledgement. The core's answer is the route's by contract. */
export function command<T>(request: Request, wanted: Command): Promise<Answer<T>> {
  const { loop } = memberOf(request);
  return new Promise((resolve, reject) => {
    loop.command(wanted, (result) => {
      if (result.ok) resolve({ data: result.data as T, kept: result.kept });
      else reject(new ApiError(result.failure.code, result.failure.message));
    });
  });
}
