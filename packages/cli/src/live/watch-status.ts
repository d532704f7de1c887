import { type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import { lookOf } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import { readStatus, type Status } from '../read-status.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';
import { statusLines } from '../views/status-lines.ts';
import { openScreen } from './screen.ts';

interface Deps {
  ct: CloudTask;
  out: Output;
  surroundings: Surroundings;
}

export interface StatusWatch {
  profile: string | null;
  everyMs: number;
  signal: AbortSignal;
  /** Ends it, as Ctrl-C does. */
  stop(): void;
}

/** Looks at the server again and again, until it is stopped: on a terminal in one place, elsewhere an object a line. */
export async function watchStatus(deps: Deps, input: StatusWatch): Promise<void> {
  // Who is not signed in, or has the wrong address, reads that at once.
  const first = await readStatus(deps.ct, input.profile, { signal: input.signal });
  if (deps.out.look.screen) return watchOnScreen(deps, input, first);
  tell(deps.out, first);
  await lookAgain(deps, input, {
    onStatus: (status) => tell(deps.out, status),
    onTrouble: (trouble) => deps.out.warn(printable(trouble)),
  });
}

async function watchOnScreen({ ct, out, surroundings }: Deps, input: StatusWatch, first: Status): Promise<void> {
  let latest = first;
  let trouble: string | null = null;
  const leave = new AbortController();
  const onKey = (key: string) => {
    if (key === 'q') leave.abort();
    if (key === 'ctrl-c') input.stop();
  };
  const screen = await openScreen(surroundings, { onKey, onResize: () => draw() });
  function draw(): void {
    const look = { ...lookOf(out), width: screen.size.columns };
    const away = trouble === null ? [] : [`  ${out.style.red(printable(trouble))}`];
    screen.draw([...statusLines(latest, look), ...away, `  ${out.style.dim('q quit')}`]);
  }
  draw();
  const signal = AbortSignal.any([input.signal, leave.signal]);
  const looking = lookAgain(
    { ct },
    { ...input, signal },
    {
      onStatus(status) {
        latest = status;
        trouble = null;
        draw();
      },
      onTrouble(text) {
        trouble = text;
        draw();
      },
    },
  );
  try {
    await Promise.race([looking, screen.failed]);
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  } finally {
    await screen.close();
  }
}

function tell(out: Output, status: Status): void {
  if (out.mode === 'none') return;
  if (out.mode === 'id') out.answer(status.url);
  else out.event({ at: new Date().toISOString(), ...status });
}

/** A server that is away for a while is looked for again; what another look cannot mend ends the watch. */
async function lookAgain(
  { ct }: Pick<Deps, 'ct'>,
  { profile, everyMs, signal }: StatusWatch,
  { onStatus, onTrouble }: { onStatus(status: Status): void; onTrouble(text: string): void },
): Promise<void> {
  // The next look comes soon: one that is answered late is not worth repeating.
  const options = { signal, maxRetries: 0, timeout: '5s' } as const;
  for (;;) {
    await pause(everyMs, signal);
    try {
      onStatus(await readStatus(ct, profile, options));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CloudTaskError) || !error.retryable) throw error;
      onTrouble(error.message);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
