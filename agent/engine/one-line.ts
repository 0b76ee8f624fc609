const LONGEST = 300;

/** A reason for people and for records: one line, not endless. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

export const lineOf = (err: unknown): string => oneLine(err instanceof Error ? err.message : String(err));
