/** Where in which compose file; line and column start at 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** `file:line:column`, the form editors and terminals turn into a link. */
export const placeOf = (at: Position): string => `${at.file}:${at.line}:${at.column}`;
