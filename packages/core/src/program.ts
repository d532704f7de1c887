import type { Settings } from './config.ts';

/** A service as its command line knows it. */
export interface Program {
  name: string;
  describe: string;
  version: string;
  settings: Settings;
  /** What else the program can do, beside starting and `check-config`. */
  commands?: Readonly<Record<string, CommandDescription>>;
}

export interface CommandDescription {
  describe: string;
  /** As in `<email>`, `[name]`, `<file...>`. */
  arguments?: string;
}
