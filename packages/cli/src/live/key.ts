import type { Key as InkKey } from 'ink';

const NAMED = {
  upArrow: 'up',
  downArrow: 'down',
  pageUp: 'page-up',
  pageDown: 'page-down',
  home: 'home',
  end: 'end',
  return: 'enter',
  escape: 'escape',
  tab: 'tab',
  backspace: 'backspace',
  delete: 'backspace',
} as const satisfies Partial<Record<keyof InkKey, string>>;

/** Among pasted text. */
const CONTROLS: Record<string, Key> = { '\r': 'enter', '\n': 'enter', '\t': 'tab' };

/** A key that was pressed: a name, or the character itself. */
export type Key = (typeof NAMED)[keyof typeof NAMED] | 'ctrl-c' | 'back-tab' | (string & {});

/** The keys in what the terminal sent; text that is pasted is one key a character. */
export function keysOf(input: string, pressed: InkKey): Key[] {
  if (pressed.escape) return ['escape'];
  // Esc and a key that follow each other at once look like Alt and that key, which means nothing here.
  const before: Key[] = pressed.meta ? ['escape'] : [];
  if (pressed.ctrl) return input === 'c' ? ['ctrl-c'] : [];
  if (pressed.tab && pressed.shift) return [...before, 'back-tab'];
  const name = (Object.keys(NAMED) as (keyof typeof NAMED)[]).find((each) => pressed[each]);
  if (name !== undefined) return [...before, NAMED[name]];
  return [...before, ...[...input].flatMap((char) => CONTROLS[char] ?? (char >= ' ' ? [char] : []))];
}
