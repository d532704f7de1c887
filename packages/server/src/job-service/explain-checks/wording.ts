/** A few names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const shown = distinct.slice(0, 5).join(', ');
  return distinct.length > 5 ? `${shown} and ${distinct.length - 5} more` : shown;
}

/** `1 worker`, `2 workers`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

/** A span of time as people say it, in its two largest units at most. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'min'],
    [seconds % 60, 's'],
  ] as const;
  const shown = parts.slice(parts.findIndex(([amount]) => amount > 0)).slice(0, 2);
  const words = shown.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  return seconds === 0 ? '0 s' : words.join(' ');
}

export function ago(time: Date, now: Date): string {
  return `${span(now.getTime() - time.getTime())} ago`;
}
