export const OUTPUT_MODES = ['human', 'wide', 'tsv', 'json', 'jsonl', 'yaml', 'id', 'none'] as const;
export type OutputMode = (typeof OUTPUT_MODES)[number];

export const TIME_FORMS = ['relative', 'iso', 'local'] as const;
export type TimeForm = (typeof TIME_FORMS)[number];

export interface PresentationInput {
  flags: {
    output?: string | undefined;
    json?: boolean;
    quiet?: boolean;
    input?: boolean;
    pager?: boolean;
    color?: string | undefined;
    time?: TimeForm | undefined;
  };
  env: Record<string, string | undefined>;
  tty: { stdin: boolean; stdout: boolean; stderr: boolean };
  columns: number | undefined;
}

/** How a command shows itself, decided once for the whole command. */
export interface Presentation {
  /** `plain` is what a pipe gets without being asked: each command's bare answer, one line per thing. */
  mode: Exclude<OutputMode, 'tsv' | 'wide'> | 'plain';
  /** More columns, and nothing cut. */
  isWide: boolean;
  /** One line that is drawn over and over, on stderr. */
  live: boolean;
  /** A part of the terminal that is drawn over and over, on stdout; not for those who have it read out to them. */
  screen: boolean;
  /** What is long is shown in a pager. */
  pager: boolean;
  mayAsk: boolean;
  quiet: boolean;
  /** Hints on what to do next. */
  hints: boolean;
  color: { stdout: boolean; stderr: boolean };
  unicode: boolean;
  /** As asked for; else relative for people, ISO 8601 in a pipe. */
  time: TimeForm | undefined;
  /** Of the terminal; what goes into a pipe is never cut. */
  width: number;
  /** Where sentences are broken between words: nowhere without a terminal, as programs may look for them. */
  breakAt: number;
}

export function presentationOf({ flags, env, tty, columns }: PresentationInput): Presentation {
  const chosen = chosenMode(flags, env);
  const mode = modeOf(chosen, tty.stdout);
  const isMachine = mode !== 'human' && mode !== 'plain';
  const isCi = isSet(env.CI);
  const isDumb = env.TERM === 'dumb';
  const quiet = flags.quiet === true;
  return {
    mode,
    isWide: chosen === 'wide',
    quiet,
    live: tty.stderr && !isCi && !isDumb && !isMachine && !quiet,
    screen: tty.stdout && mode === 'human' && !isCi && !isDumb && !quiet && !isSet(env.INK_SCREEN_READER),
    pager: tty.stdout && mode === 'human' && !isCi && !isDumb && flags.pager !== false,
    // stderr rather than stdout: `ID=$(cloudtask submit …)` can still ask.
    mayAsk: tty.stdin && tty.stderr && !isCi && flags.input !== false && !isSet(env.CLOUDTASK_NO_INPUT) && !isMachine,
    hints: tty.stderr && !isMachine && !quiet,
    color: { stdout: hasColor(flags, env, tty.stdout), stderr: hasColor(flags, env, tty.stderr) },
    unicode: isUnicode(env),
    time: flags.time,
    // Some terminals do not know how wide they are, and say 0.
    width: columns || 80,
    breakAt: columns === undefined || chosen === 'wide' ? Number.POSITIVE_INFINITY : columns || 80,
  };
}

function chosenMode(flags: PresentationInput['flags'], env: PresentationInput['env']): OutputMode | undefined {
  const chosen = flags.output ?? (flags.json ? 'json' : env.CLOUDTASK_OUTPUT);
  return OUTPUT_MODES.find((mode) => mode === chosen);
}

/** A form that `CLOUDTASK_OUTPUT` names and that there is not: it would silently mean the usual one. */
export function unknownOutput(env: PresentationInput['env']): string | undefined {
  const named = env.CLOUDTASK_OUTPUT;
  return named && !OUTPUT_MODES.some((mode) => mode === named) ? named : undefined;
}

function modeOf(chosen: OutputMode | undefined, isTerminal: boolean): Presentation['mode'] {
  if (chosen === 'tsv') return 'plain';
  if (chosen === 'wide') return 'human';
  return chosen ?? (isTerminal ? 'human' : 'plain');
}

function hasColor({ color }: PresentationInput['flags'], env: PresentationInput['env'], isTerminal: boolean): boolean {
  if (color === 'always') return true;
  if (color === 'never' || isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR) || isSet(env.CLICOLOR_FORCE)) return true;
  return isTerminal && env.TERM !== 'dumb' && env.CLICOLOR !== '0';
}

function isUnicode(env: PresentationInput['env']): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) || env.WT_SESSION !== undefined || env.TERM_PROGRAM !== undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
