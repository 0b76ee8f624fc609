export interface Flags {
  once: boolean;
  engine: string | undefined;
  help: boolean;
}
export const HELP: string;
export function readFlags(args: string[]): Flags;
