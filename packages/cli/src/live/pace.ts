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
  let isClosed = false;
  const drawNow = () => {
    clearTimeout(pending);
    pending = undefined;
    draw();
  };
  const tick = setInterval(drawNow, TICK_MS);
  return {
    changed() {
      // A key or an answer may come while the screen is being given back.
      if (!isClosed) pending ??= setTimeout(drawNow, FRAME_MS);
    },
    close() {
      isClosed = true;
      clearInterval(tick);
      clearTimeout(pending);
      pending = undefined;
    },
  };
}
