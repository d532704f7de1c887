/**
 * The variables that a child process gets: what programs need to run at all, and those that the worker's settings name.
 * An allow-list, because nobody knows under which names secrets lie in an environment.
 */
export function scrubbedEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  alsoNamed: readonly string[] = [],
): Record<string, string> {
  const allowed = new Set([...NEEDED, ...alsoNamed]);
  const scrubbed: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && (allowed.has(name) || name.startsWith('LC_'))) scrubbed[name] = value;
  }
  return scrubbed;
}

const NEEDED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'NODE_ENV',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Without them no program starts on Windows.
  'SYSTEMROOT',
  'SystemRoot',
  'Path',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
];
