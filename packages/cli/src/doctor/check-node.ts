import { type Finding, finding } from './finding.ts';

/** The floor is undici's. */
const NEEDED = [22, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNew = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  const needed = NEEDED.join('.');
  if (isNew) return finding('node', 'ok', `Node.js ${version} (${needed} or newer is needed)`);
  return finding(
    'node',
    'fail',
    `Node.js ${version} is older than ${needed}`,
    'install a newer one: https://nodejs.org',
  );
}
