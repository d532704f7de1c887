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

const DAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `2027-03-28T03:00:00+02:00`, a time of some zone, as `Sun 28 Mar 2027 03:00 +02:00`. */
export function zonedTime(local: string): string {
  const [, year = '', month = '', day = '', time = '', seconds, zone = ''] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)(:\d\d)(.*)$/.exec(local) ?? [];
  if (year === '') return local;
  const weekday = DAYS[new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDay()];
  return `${weekday} ${day} ${MONTHS[Number(month) - 1]} ${year} ${time}${seconds === ':00' ? '' : seconds} ${zone}`;
}

export function clockTime(iso: string): string {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
