/** A plugin as a configuration names it. */
export interface PluginEntry {
  /** Of a package, or the path of a file. */
  name: string;
  prefix: string | undefined;
}

/** As it is written in `plugins`, in these quotes. */
export function entryText({ name, prefix }: PluginEntry, quote = "'"): string {
  const quoted = (text: string) =>
    `${quote}${text.replace(/['"\\]/g, (sign) => (sign === quote || sign === '\\' ? `\\${sign}` : sign))}${quote}`;
  return prefix === undefined ? quoted(name) : `[${quoted(name)}, { prefix: ${quoted(prefix)} }]`;
}
