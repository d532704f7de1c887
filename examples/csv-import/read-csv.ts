import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** The rows of a CSV file by the names in its first line, one at a time. Fields may be quoted, and hold no line breaks. */
export async function* readCsv(file: string): AsyncGenerator<Record<string, string>> {
  let names: string[] | undefined;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    const fields = fieldsOf(line);
    if (names) yield Object.fromEntries(names.map((name, at) => [name, fields[at] ?? '']));
    else names = fields;
  }
}

function fieldsOf(line: string): string[] {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(fields, ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain);
}
