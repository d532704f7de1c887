export interface StopSignals {
  /** The first SIGTERM, SIGINT or SIGHUP. */
  onFirst(signal: NodeJS.Signals): void;
  /** The next one, from somebody who does not want to wait. */
  onSecond(exitCode: number): void;
}

/**
 * A terminal sends Ctrl-C to every process of the foreground, and npm passes its own on to its child: the same signal
 * within a moment is the same wish.
 */
export function watchStopSignals({ onFirst, onSecond }: StopSignals): void {
  let firstAt: number | undefined;
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        onFirst(signal as NodeJS.Signals);
      } else if (now - firstAt > SAME_WISH_MS) {
        onSecond(exitCode);
      }
    });
  }
}

const SAME_WISH_MS = 250;

/** 128 + number of the signal, as shells report it. */
const EXIT_CODES = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 };
