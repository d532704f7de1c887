/** What a command is printed as in place of its requests. */
export type PrintForm = 'curl' | 'ts';

/** How a command was called. */
export interface Given {
  form: PrintForm;
  flags: Record<string, unknown>;
  /** The words of the command line that are no flags. */
  words: readonly string[];
}

/** What `--curl` and `--ts` print of a command. Each command says it of itself, as `static requests`. */
export interface OwnRequests {
  /**
   * Which of its requests are its work; the others tell it what it has to know before, and are sent. `changes`: those that
   * change something; a pattern: reading ones with such a path; `all`: whatever it sends. Null: it cannot be printed.
   */
  own: 'changes' | 'all' | RegExp | null;
  /** Why it cannot be printed, called so or at all: a sentence. */
  unless: (given: Given) => string | undefined;
  /** Whether it goes on with the pages of a list, which a request cannot say and a program can. */
  isPaged: (flags: Given['flags']) => boolean;
}

/** Why not, by the names of flags. */
type Unless = Record<string, string> | ((given: Given) => string | undefined);

/** Printed are the requests that change something, one for each thing that is named. */
export function printsChanges(unless: Unless = {}): OwnRequests {
  return { own: 'changes', unless: reasonOf(unless), isPaged: () => false };
}

/** Printed are the reading requests whose paths end so. */
export function printsReading(path: RegExp, unless: Unless = {}): OwnRequests {
  return { own: path, unless: reasonOf(unless), isPaged: () => false };
}

/** Printed is a list to its end: as TypeScript always, as curl where no flag says that there may be more pages. */
export function printsPages(path: RegExp, isPaged: OwnRequests['isPaged'] = () => true): OwnRequests {
  const unless = ({ form, flags }: Given) =>
    form === 'curl' && isPaged(flags)
      ? 'Each page of the list is a request of its own, and only the answer says where the next one begins; --ts prints all of it.'
      : undefined;
  return { own: path, unless, isPaged };
}

/** Printed is whatever it sends. */
export function printsAll(unless: Unless = {}): OwnRequests {
  return { own: 'all', unless: reasonOf(unless), isPaged: () => false };
}

/** Never printed. `why`: a sentence for somebody who asked for it. */
export function printsNothing(why: string): OwnRequests {
  return { own: null, unless: () => why, isPaged: () => false };
}

/** Of commands that ask no server. */
export const WORKS_HERE = 'It works on this machine alone and sends no request that could be printed.';

/** Of a command that has not said it. */
export const NOT_SAID = printsNothing('It is no request to the server, or more than one; --debug shows what is sent.');

function reasonOf(unless: Unless): OwnRequests['unless'] {
  if (typeof unless === 'function') return unless;
  return ({ flags }) => Object.entries(unless).find(([name]) => isGiven(flags[name]))?.[1];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false;
}
