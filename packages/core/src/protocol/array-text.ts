/**
 * A PostgreSQL array of ids or numbers, as its text. The driver would look into each element for characters to escape,
 * which is the largest part of what a batch costs in JavaScript; these have none.
 */
export function arrayText(plain: readonly (string | number)[]): string {
  return `{${plain.join(',')}}`;
}
