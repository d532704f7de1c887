/** `312ms`, `1.1s`, `42s`, `2m 5s`, `3h 2m`, `4d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return joined(seconds, 60, 'm', 's');
  if (seconds < 48 * 3_600) return joined(Math.floor(seconds / 60), 60, 'h', 'm');
  return `${Math.floor(seconds / 86_400)}d`;
}

function joined(amount: number, size: number, large: string, small: string): string {
  const rest = amount % size;
  return `${Math.floor(amount / size)}${large}${rest === 0 ? '' : ` ${rest}${small}`}`;
}

/** The largest unit only: `4s`, `11m`, `2h`. */
export function formatAge(ms: number): string {
  return ms < 1_000 ? '0s' : (formatDuration(ms).split(' ')[0] ?? '').replace(/\.\d+s$/, 's');
}

export function clockTime(iso: string): string {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
