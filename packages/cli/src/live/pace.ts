export interface Pace {
  /** Something changed: it is drawn soon. */
  changed(): void;
  close(): void;
}

/** A loud job must not keep the terminal busy. */
const FRAME_MS = 100;
/** Times on the screen go on although nothing happens. */
const TICK_MS = 500;

/** Calls `draw` after changes, at most ten times a second, and now and then without. */
export function startPace(draw: () => void): Pace {
  let pending: ReturnType<typeof setTimeout> | undefined;
  const drawNow = () => {
    clearTimeout(pending);
    pending = undefined;
    draw();
  };
  const tick = setInterval(drawNow, TICK_MS);
  return {
    changed() {
      pending ??= setTimeout(drawNow, FRAME_MS);
    },
    close() {
      clearInterval(tick);
      clearTimeout(pending);
      pending = undefined;
    },
  };
}
