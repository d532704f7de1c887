import { exportedMetrics } from './exported-metrics.ts';

const BEGIN = '<!-- made by `npm run generate` -->';
const END = '<!-- end -->';

/** The page with its table of metrics made anew; what people wrote around it stays. */
export function withMetricsTable(page: string): string {
  const [from, until] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || until < from) {
    throw new Error(`docs/metrics.md has no place for the table: put the lines ${BEGIN} and ${END} where it belongs`);
  }
  return `${page.slice(0, from)}${BEGIN}\n${table()}\n${page.slice(until)}`;
}

function table(): string {
  const rows = exportedMetrics().map(({ name, type, labels, services, help }) => {
    const label = labels.map((each) => `\`${each}\``).join(' ');
    const from = services.length === ALL ? 'all' : services.join(', ');
    return `| \`${name}\` | ${type} | ${label} | ${from} | ${help} |`;
  });
  return ['| metric | kind | labels | exported by | what |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** Services. */
const ALL = 4;
