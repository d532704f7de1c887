/** `██████░░░░`: how much of a whole, in so many columns. */
export function progressBar(percent: number, columns: number, unicode: boolean): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * columns);
  const [done, open] = unicode ? ['█', '░'] : ['#', '.'];
  return done.repeat(full) + open.repeat(columns - full);
}
