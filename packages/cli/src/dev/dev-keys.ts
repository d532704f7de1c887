import { openInBrowser } from '../open-in-browser.ts';
import { knownTypes } from '../schema/known-types.ts';
import { folderOf } from '../settings/profile.ts';
import { submitJob } from '../submit/submit-job.ts';
import type { DevStage } from './dev-stage.ts';
import { skippedLine } from './event-lines.ts';
import { KEY_HELP, keyLine } from './key-line.ts';
import { type Keys, readKeys } from './read-keys.ts';
import { askForJob } from './submit-form.ts';

/** Everything away, what has scrolled off too, and the cursor to the top. */
const CLEAR = '\u001b[2J\u001b[3J\u001b[H';

/** Reads keys and draws their line, until it is closed. Without a terminal there are none. */
export function startKeys(stage: DevStage): { close(): void } {
  const { out, surroundings } = stage;
  const { stdin, stderr } = surroundings;
  if (!out.look.live || stdin.isTTY !== true) return { close() {} };
  const draw = () => keyLine(stage.keys, Date.now());
  /** What is being done, and whether it was asked for once more meanwhile. */
  const busy = new Map<string, boolean>();
  const keys = readKeys(stdin, (key) => void press(key));

  const actions: Record<string, () => Promise<void> | void> = {
    r: () => stage.reload(),
    s: () => submit(stage, keys, draw),
    t: () => skip(stage),
    x: () => kill(stage),
    p: () => pauseOrResume(stage),
    c: () => void stderr.write(CLEAR),
    o: () => open(stage),
    q: () => stage.stop.request(),
    'ctrl-c': () => stage.stop.request(),
    '?': () => help(stage),
  };

  async function press(key: string): Promise<void> {
    const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
    if (!action) return;
    // One at a time, and one more afterwards: a key that is held down does not pile up. Nobody is held up who wants to leave.
    if (busy.has(key) && key !== 'q' && key !== 'ctrl-c') return void busy.set(key, true);
    busy.set(key, false);
    try {
      await action();
    } catch (error) {
      out.warn(`${out.sayStyle.red('!')} ${error instanceof Error ? error.message : String(error)}`);
    }
    const isAskedAgain = busy.get(key);
    busy.delete(key);
    if (isAskedAgain) await press(key);
  }

  out.live(draw);
  return {
    close() {
      out.close();
      keys.close();
    },
  };
}

async function submit({ ct, out, surroundings }: DevStage, keys: Keys, draw: () => string): Promise<void> {
  const release = out.hold();
  out.close();
  try {
    const order = await keys.lend(() => askForJob({ ct, out, surroundings }));
    const folder = folderOf(surroundings);
    if (order) await submitJob({ ct, out, folder, types: knownTypes({ ct, folder }) }, { ...order, options: {} });
  } finally {
    release();
    out.live(draw);
  }
}

async function skip(stage: DevStage): Promise<void> {
  const { out } = stage;
  const skipped = await stage.skipToNext();
  if (skipped === undefined) out.say('  Nothing waits for a time.');
  else out.say(skippedLine(skipped, out.look));
}

async function kill({ workers, out }: DevStage): Promise<void> {
  if (workers === undefined || workers.generation === 0) return out.say('  No worker runs.');
  await workers.kill();
}

async function pauseOrResume({ workers, keys, out }: DevStage): Promise<void> {
  if (workers === undefined) return;
  keys.isPaused = !keys.isPaused;
  await (keys.isPaused ? workers.pause() : workers.resume());
  out.say(keys.isPaused ? '  Paused: jobs wait. Those that run go on.' : '  Resumed.');
}

function open({ platform, out }: DevStage): void {
  const url = `${platform.url}/docs`;
  out.say(`  ${url}`);
  openInBrowser(url);
}

function help({ out }: DevStage): void {
  for (const [key, meaning] of KEY_HELP) out.say(`  ${out.sayStyle.bold(key)}  ${meaning}`);
}
