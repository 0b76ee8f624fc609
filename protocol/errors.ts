/** Every error an API client can meet: code, HTTP status, and a text with the names filled in by `fail`. */
const TABLE = {
  BAD_REQUEST: 400,
  BAD_SPEC: 400,
  NOT_FOUND: 404,
  NOT_A_MEMBER: 503,
  ALREADY_A_MEMBER: 409,
  NAME_TAKEN: 409,
  STALE_VERSION: 409,
  NOT_ALLOWED: 403,
  READ_ONLY: 507,
  CLOCK_OFF: 503,
  TIMED_OUT: 504,
  UNREACHABLE: 502,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof TABLE;

/** One line for a person: what is wrong, where, and how to mend it. */
export interface Failure {
  code: ErrorCode;
  message: string;
}

export const failure = (code: ErrorCode, message: string): Failure => ({ code, message });
export const httpStatus = (code: ErrorCode): number => TABLE[code];
