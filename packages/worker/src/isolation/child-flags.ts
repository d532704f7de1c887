/** The flags under which a child's Node starts. */
export function childFlags(ownFlags: readonly string[], memoryLimit: number): string[] {
  return [...inheritedFlags(ownFlags), `--max-old-space-size=${memoryLimit}`];
}

/**
 * Of this process's own flags only those that decide how modules are found and loaded: its debugger port, its memory limit or
 * its file of variables are not for a child.
 */
export function inheritedFlags(ownFlags: readonly string[]): string[] {
  const flags: string[] = [];
  for (const [i, flag] of ownFlags.entries()) {
    const [name = '', value] = flag.split('=', 2);
    if (SWITCHES.test(name)) flags.push(flag);
    else if (WITH_VALUE.has(name)) flags.push(...(value === undefined ? [flag, ownFlags[i + 1] ?? ''] : [flag]));
  }
  return flags;
}

const WITH_VALUE = new Set(['--conditions', '-C', '--import', '--require', '-r', '--loader', '--experimental-loader']);
const SWITCHES =
  /^--(no-)?(enable-source-maps|preserve-symlinks|experimental-(strip-types|transform-types)|strip-types|warnings|deprecation|disable-warning|use-(system|openssl|bundled)-ca|dns-result-order)$/;
