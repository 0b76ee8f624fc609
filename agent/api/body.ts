import type { z } from 'zod';
import { ApiError } from './handler.ts';

/** Checks a request body; the error names the key. */
export function readBody<T>(shape: z.ZodType<T>, body: unknown): T {
  const result = shape.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ApiError(
    'BAD_REQUEST',
    `request body: ${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'not valid'}`,
  );
}
