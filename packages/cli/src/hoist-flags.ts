/** Global flags that take a value, and those that do not; long and short forms. */
const WITH_VALUE = new Set(['--profile', '-p', '--url', '--output', '-o', '--jq', '--color', '--time']);
const WITHOUT_VALUE = new Set([
  '--json',
  '--quiet',
  '-q',
  '--no-input',
  '--no-pager',
  '--debug',
  '--debug-http',
  '--curl',
  '--ts',
]);

/**
 * `cloudtask --profile prod jobs list` means `cloudtask jobs list --profile prod`: the framework takes the first word for the
 * command, so global flags before it are moved behind the rest, or before a `--`.
 */
export function hoistGlobalFlags(given: readonly string[]): string[] {
  const argv = withDebugSpelt(given);
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

/** A switch of the framework takes no value: `--debug=http` is another switch to it. */
function withDebugSpelt(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, at) => (word === '--debug=http' && (end < 0 || at < end) ? '--debug-http' : word));
}
