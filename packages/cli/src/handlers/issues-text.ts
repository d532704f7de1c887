import type { SchemaIssue } from '@cloudtask/sdk';

/** More would be the same again. */
const SHOWN = 3;

/** `/to: Invalid email; /n: too small`. */
export function issuesText(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, SHOWN).map(({ message, path = [] }) => {
    const pointer = path.map((part) => `/${String(typeof part === 'object' ? part.key : part)}`).join('');
    return pointer === '' ? message : `${pointer}: ${message}`;
  });
  const more = issues.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
