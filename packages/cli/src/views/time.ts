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

/** A time in the form that was asked for: `2m ago`, `in 3h`, `2026-11-23T12:00:00.000Z`, `2026-11-23 13:00:00`. */
export function timeText(iso: string, form: 'relative' | 'iso' | 'local', now: number): string {
  if (form === 'iso') return iso;
  if (form === 'local') return localTime(iso);
  const ms = Date.parse(iso) - now;
  return ms > 0 ? `in ${formatAge(ms)}` : `${formatAge(-ms)} ago`;
}

function localTime(iso: string): string {
  const at = new Date(iso);
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  return `${day} ${clockTime(iso)}`;
}
