import type { TransportRequest } from '@cloudtask/sdk';
import { tsValue } from '../views/ts-value.ts';
import { sdkCall } from './sdk-call.ts';

/** Requests as the SDK's calls for them, one after the other, in a program that runs as it stands. */
export function tsText(
  command: string,
  requests: readonly TransportRequest[],
  { isPaged = false }: { isPaged?: boolean } = {},
): string {
  const [first] = requests;
  const { origin, pathname } = new URL(first?.url ?? '');
  const base = basePath(pathname);
  const calls = requests.map((request) => sdkCall(command, request, new URL(request.url).pathname.slice(base.length)));
  return [
    "import { CloudTask } from '@cloudtask/sdk';",
    '',
    `const ct = new CloudTask({ url: ${tsValue(`${origin}${base}`)}, auth: process.env.CLOUDTASK_TOKEN });`,
    ...calls.map((call) =>
      isPaged ? `for await (const each of ${call}) console.log(JSON.stringify(each));` : `console.log(await ${call});`,
    ),
    'await ct.close();',
  ].join('\n');
}

/** A server may be below a path of its own. */
function basePath(pathname: string): string {
  const at = pathname.search(
    /\/(jobs|schedules|queues|workers|types|failures|tokens|auth|stats|verify|actuator)(\/|$)/,
  );
  return at > 0 ? pathname.slice(0, at) : '';
}
