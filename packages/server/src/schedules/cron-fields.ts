interface Field {
  name: string;
  allowed: string;
}

const FIELDS: readonly Field[] = [
  { name: 'second', allowed: '0-59' },
  { name: 'minute', allowed: '0-59' },
  { name: 'hour', allowed: '0-23' },
  { name: 'day', allowed: '1-31, or L for the last day of the month' },
  { name: 'month', allowed: '1-12 or JAN-DEC' },
  {
    name: 'weekday',
    allowed: '0-7 (0 and 7 are Sunday) or SUN-SAT, with #1-#5 or L for the n-th or last of the month',
  },
];

/** What is wrong with an expression that cannot be read: its first field that cannot be read alone. */
export function describeWrongField(fields: readonly string[], read: (expression: string) => unknown): string {
  const known = FIELDS.slice(-fields.length);
  const index = fields.findIndex(
    (value, at) =>
      !isReadable(
        fields.map((_, n) => (n === at ? value : '*')),
        read,
      ),
  );
  const [field, value] = [known[index], fields[index]];
  if (!field || value === undefined) return 'is not a cron expression: its fields do not go together';
  return (
    `has ${JSON.stringify(value)} as its ${field.name}: write ${field.allowed}, ` +
    'or * for each; also lists (1,5), ranges (1-5) and steps (*/5)'
  );
}

function isReadable(fields: readonly string[], read: (expression: string) => unknown): boolean {
  try {
    read(fields.join(' '));
    return true;
  } catch {
    return false;
  }
}
