/** The agent's log: pino, JSON lines on standard output. */
import { pino } from 'pino';

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  text: string,
  data?: Record<string, unknown>,
) => void;

export function createLog(level: string, name: string): Log {
  const logger = pino({ level, base: { host: name }, timestamp: pino.stdTimeFunctions.isoTime });
  return (at, text, data = {}) => logger[at](data, text);
}
