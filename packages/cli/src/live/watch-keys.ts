import type { Key } from './key.ts';

/** What the keys of `watch` have changed so far. */
export interface WatchKeys {
  /** Keys are read; after the end, and without a keyboard, none are. */
  isOpen: boolean;
  areLogsShown: boolean;
  isPayloadShown: boolean;
  asks: 'cancel' | null;
  /** What came of the last key. */
  note: string | null;
}

export type WatchAct = 'cancel' | 'stop' | 'switch-logs';

/** What a key does: the keys after it, and what is to be done. Keys that only make sense for one job do nothing for many. */
export function pressInWatch(
  keys: WatchKeys,
  key: Key,
  { isOne }: { isOne: boolean },
): { keys: WatchKeys; act: WatchAct | null } {
  if (key === 'ctrl-c') return { keys, act: 'stop' };
  if (keys.asks === 'cancel') {
    const isYes = key === 'y' || key === 'Y';
    return { keys: { ...keys, asks: null, note: isYes ? 'asking for its end…' : null }, act: isYes ? 'cancel' : null };
  }
  const clean = { ...keys, note: null };
  switch (key) {
    case 'q':
      return { keys: clean, act: 'stop' };
    case 'l':
      return { keys: { ...clean, areLogsShown: !keys.areLogsShown }, act: 'switch-logs' };
    case 'i':
      return { keys: isOne ? { ...clean, isPayloadShown: !keys.isPayloadShown } : keys, act: null };
    case 'c':
      return { keys: isOne ? { ...clean, asks: 'cancel' } : keys, act: null };
    default:
      return { keys, act: null };
  }
}
