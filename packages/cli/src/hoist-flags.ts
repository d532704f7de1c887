/** Global flags that take a value, and those that do not; long and short forms. */
const WITH_VALUE = new Set(['--profile', '-p', '--url', '--output', '-o', '--color']);
const WITHOUT_VALUE = new Set(['--json', '--quiet', '-q', '--no-input', '--debug']);

/**
 * `cloudtask --profile prod jobs list` means `cloudtask jobs list --profile prod`: the framework takes the first word for the
 * command, so global flags before it are moved behind the rest, or before a `--`.
 */
export function hoistGlobalFlags(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (WITHOUT_VALUE.has(word) || WITH_VALUE.has(word.split('=', 1)[0] ?? '')) {
      at += WITH_VALUE.has(word) ? 2 : 1;
    } else break;
  }
  const [flags, rest] = [argv.slice(0, at), argv.slice(at)];
  if (rest.length === 0) return [...argv];
  const end = rest.indexOf('--');
  return end < 0 ? [...rest, ...flags] : [...rest.slice(0, end), ...flags, ...rest.slice(end)];
}
