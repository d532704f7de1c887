import type { CloudTask } from '@cloudtask/sdk';
import { componentName } from '../views/component-name.ts';
import { printable } from '../views/printable.ts';
import { formatDuration } from '../views/time.ts';
import { type Finding, finding } from './finding.ts';

/** Half a minute is what tokens put up with. */
const CLOCK_FAIL_MS = 30_000;
const CLOCK_WARN_MS = 5_000;

/** One answer, and no second try: who asks wants to know how it is now. */
const ONCE = { maxRetries: 0, timeout: '5s' } as const;

/** Whether the server answers, is of this version, has the same time, and is well. Only the first when it does not answer. */
export async function checkServer(ct: CloudTask, ownVersion: string): Promise<Finding[]> {
  const startedAt = Date.now();
  try {
    const response = await ct.request('GET', '/actuator/info', ONCE).asResponse();
    const endedAt = Date.now();
    const info = (await response.json()) as { app?: { version?: string } };
    return [
      finding('server', 'ok', `${ct.url} answers in ${endedAt - startedAt} ms`),
      versionFinding(ownVersion, info.app?.version),
      clockFinding(response.headers.get('date'), (startedAt + endedAt) / 2),
      ...(await checkHealth(ct)),
    ];
  } catch (error) {
    return [
      finding(
        'server',
        'fail',
        printable((error as Error).message),
        'cloudtask dev starts one here; --url names another',
      ),
    ];
  }
}

function versionFinding(own: string, server: string | undefined): Finding {
  if (server === undefined) return finding('version', 'warn', 'the server does not say which version it is');
  if (own === server) return finding('version', 'ok', `command and server are both ${own}`);
  return finding(
    'version',
    'warn',
    `the command is ${own}, the server is ${printable(server)}`,
    `npm install -g @cloudtask/cli@${printable(server)}`,
  );
}

/** `Date` has whole seconds: the middle of its second is the best guess. */
function clockFinding(date: string | null, localMs: number): Finding {
  const serverMs = date === null ? Number.NaN : Date.parse(date) + 500;
  if (Number.isNaN(serverMs)) return finding('clock', 'warn', 'the server does not say what time it is');
  const aheadMs = localMs - serverMs;
  const skew = Math.abs(aheadMs);
  if (skew < CLOCK_WARN_MS) return finding('clock', 'ok', 'clock agrees with the server');
  const message = `the clock here is ${formatDuration(skew)} ${aheadMs > 0 ? 'ahead of' : 'behind'} the server`;
  return finding('clock', skew < CLOCK_FAIL_MS ? 'warn' : 'fail', message, 'turn on NTP: tokens will look expired');
}

async function checkHealth(ct: CloudTask): Promise<Finding[]> {
  const { status, components = {} } = await ct.health(ONCE);
  const down = Object.entries(components).filter(([, each]) => each.status !== 'UP');
  if (status === 'UP') {
    const names = Object.keys(components)
      .map((id) => printable(componentName(id)))
      .join(', ');
    return [finding('health', 'ok', `server is well: ${names}`)];
  }
  return down.map(([name]) =>
    finding(
      'health',
      'fail',
      `the server cannot reach its ${componentName(printable(name))}`,
      'cloudtask status; the log of the server says why',
    ),
  );
}
