import type { Surroundings } from '../surroundings.ts';
import { type Key, keysOf } from './key.ts';
import { type Drawing, loadInk } from './load-ink.ts';

export interface ScreenWish {
  /** A screen of its own, which leaves nothing behind. Default: below what the terminal shows, where the last frame stays. */
  isAlternate?: boolean;
  onKey?(key: Key): void;
  onResize(): void;
}

/** A part of the terminal that is drawn over and over. Close it whatever happens: it holds the keyboard and the cursor. */
export interface Screen {
  readonly size: { columns: number; rows: number };
  /** Shows these lines; those of `above` scroll away above them, and are there once. */
  draw(lines: readonly string[], above?: readonly string[]): void;
  close(): Promise<void>;
  /** Rejects when drawing fails; the terminal is as it was then. */
  readonly failed: Promise<never>;
}

/** Draws nothing: it is how ink gives the keyboard away. The hook comes with the library, which is loaded late. */
function Keyboard({ useInput, onKey }: { useInput: Drawing['ink']['useInput']; onKey(key: Key): void }): null {
  useInput((input, pressed) => {
    for (const key of keysOf(input, pressed)) onKey(key);
  });
  return null;
}

/** Not more often than this a screen is drawn. */
const MAX_FRAMES_PER_SECOND = 10;

export async function openScreen(
  { env, stdin, stdout, stderr }: Pick<Surroundings, 'env' | 'stdin' | 'stdout' | 'stderr'>,
  { isAlternate = false, onKey, onResize }: ScreenWish,
): Promise<Screen> {
  const { ink, react } = await loadInk(env);
  const { createElement: h } = react;
  const scrolled: string[] = [];
  const text = (line: string, at: number) => h(ink.Text, { key: at, wrap: 'truncate-end' }, line === '' ? ' ' : line);
  const frame = (lines: readonly string[]) =>
    h(
      react.Fragment,
      null,
      h(ink.Static<string>, { items: [...scrolled], children: (line, at) => h(ink.Text, { key: at }, line) }),
      h(ink.Box, { flexDirection: 'column' }, ...lines.map(text)),
      // Without a terminal to read from there are no keys, and asking for them would throw.
      onKey !== undefined && stdin.isTTY ? h(Keyboard, { useInput: ink.useInput, onKey }) : null,
    );
  const instance = ink.render(frame([]), {
    stdin,
    stdout,
    stderr,
    alternateScreen: isAlternate,
    incrementalRendering: isAlternate,
    // Whether there is a terminal was decided once, for all of the command.
    interactive: true,
    isScreenReaderEnabled: false,
    // Ctrl-C ends the watching, with a word about the job: that is not for ink to do.
    exitOnCtrlC: false,
    maxFps: MAX_FRAMES_PER_SECOND,
  });
  const failed = instance.waitUntilExit().then(
    () => new Promise<never>(() => {}),
    (error: unknown) => Promise.reject(error),
  );
  failed.catch(() => {});
  stdout.on('resize', onResize);
  let isClosed = false;
  return {
    failed,
    get size() {
      // Some terminals do not know how large they are, and say 0.
      return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    },
    draw(lines, above = []) {
      // What is drawn after the end would take the keyboard again, and keep it.
      if (isClosed) return;
      // One item for all: ink compares items, not characters, and a loud job says hundreds of lines a second.
      if (above.length > 0) scrolled.push(above.join('\n'));
      // What has scrolled away is never drawn again; only its place in the list counts.
      if (scrolled.length > 1) scrolled[scrolled.length - 2] = '';
      instance.rerender(frame(lines));
    },
    async close() {
      stdout.off('resize', onResize);
      await instance.waitUntilRenderFlush();
      isClosed = true;
      instance.unmount();
      await instance.waitUntilExit().catch(() => {});
    },
  };
}
