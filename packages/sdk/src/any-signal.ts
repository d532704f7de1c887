/** Aborts with the first of those that there are. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((each) => each !== undefined));
}
