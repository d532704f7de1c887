const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/**
 * A time in ISO 8601 with its zone, from 1970 to ten years from now; or what is wrong with it. JavaScript alone would take
 * 30 February for 2 March, and PostgreSQL `infinity` and `tomorrow` for times.
 */
export function parseTime(text: string, nowMs: number): Date | string {
  const parts = FORM.exec(text);
  const time = new Date(text);
  if (!parts || Number.isNaN(time.getTime()) || !isRealDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) {
    return 'is not a time: write ISO 8601 with a zone, like 2030-01-31T09:00:00Z';
  }
  const lastYear = new Date(nowMs).getUTCFullYear() + 10;
  if (time.getTime() < 0 || time.getUTCFullYear() > lastYear) return `must be between 1970 and ${lastYear}`;
  return time;
}

function isRealDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
