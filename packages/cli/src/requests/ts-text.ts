import type { Json, TransportRequest } from '@cloudtask/sdk';
import { tsValue } from '../views/ts-value.ts';
import { ownHeaders } from './curl-text.ts';

/** A request as the SDK's call for it, in a program that runs as it stands. */
export function tsText(command: string, request: TransportRequest): string {
  const { origin, pathname } = new URL(request.url);
  const path = pathname.slice(basePath(pathname).length);
  const url = `${origin}${basePath(pathname)}`;
  return [
    "import { CloudTask } from '@cloudtask/sdk';",
    '',
    `const ct = new CloudTask({ url: ${tsValue(url)}, auth: process.env.CLOUDTASK_TOKEN });`,
    `const answer = await ${callText(command, { ...asked(request), path })};`,
    'console.log(answer);',
    'await ct.close();',
  ].join('\n');
}

/** A server may be below a path of its own. */
function basePath(pathname: string): string {
  const at = pathname.search(/\/(jobs|schedules|queues|workers|types|failures|tokens|auth|stats|actuator)(\/|$)/);
  return at > 0 ? pathname.slice(0, at) : '';
}

interface Asked {
  method: string;
  path: string;
  query: Record<string, Json>;
  body: { [key: string]: Json } | undefined;
  headers: Record<string, string>;
}

function asked({ method, url, body, headers }: TransportRequest): Omit<Asked, 'path'> {
  const query = Object.fromEntries(
    [...new URL(url).searchParams].map(([name, text]) => [name, queryValue(name, text)]),
  );
  return {
    method,
    query,
    body: body === undefined ? undefined : (JSON.parse(body) as Asked['body']),
    headers: Object.fromEntries(ownHeaders(headers).filter(([name]) => name !== 'content-type')),
  };
}

function queryValue(name: string, text: string): Json {
  if (name === 'status') return text.includes(',') ? text.split(',') : text;
  return name === 'limit' || name === 'attempt' ? Number(text) : text;
}

function callText(command: string, call: Asked): string {
  const { method, path, query, body } = call;
  const [, what, ref, act] = path.split('/').map(decodeURIComponent);
  const id = tsValue(ref ?? '');
  const name = `${method} /${what}${ref === undefined ? '' : '/:id'}${act === undefined ? '' : `/${act}`}`;
  // `api` is any route: what was asked for is said as it was.
  switch (command === 'api' ? '' : name) {
    case 'POST /jobs':
      return createText(command === 'run' ? 'run' : 'create', call);
    case 'GET /jobs':
      return `ct.jobs.list(${optional(query)})`;
    case 'GET /jobs/:id':
      return command === 'result' ? `ct.jobs.result(${id})` : `ct.jobs.get(${id})`;
    case 'GET /jobs/:id/explain':
      return `ct.jobs.explain(${id})`;
    case 'GET /jobs/:id/logs':
      return `ct.jobs.logs(${args(id, query)})`;
    case 'POST /jobs/:id/cancel':
      return `ct.jobs.cancel(${args(id, body)})`;
    case 'POST /jobs/:id/retry':
      return `ct.jobs.retry(${args(id, body)})`;
    case 'GET /schedules/:id':
      return `ct.schedules.get(${id})`;
    case 'POST /schedules':
      return `ct.schedules.create(${tsValue(body ?? {})})`;
    case 'PATCH /schedules/:id':
      return `ct.schedules.update(${args(id, body)})`;
    case 'DELETE /schedules/:id':
      return `ct.schedules.delete(${id})`;
    case 'POST /schedules/:id/trigger':
      return `ct.schedules.trigger(${id})`;
    case 'GET /workers':
      return `ct.workers.list(${optional(query)})`;
    case 'GET /workers/:id':
      return `ct.workers.get(${ref})`;
    case 'POST /workers/:id/drain':
      return `ct.workers.drain(${args(ref ?? '', body)})`;
    case 'GET /types':
      return 'ct.types.list()';
    default:
      return requestText(call);
  }
}

function createText(verb: 'create' | 'run', { body = {}, headers }: Asked): string {
  const { type = '', payload = null, timeout, ...settings } = body;
  const key = headers['idempotency-key'];
  const options = {
    ...settings,
    ...(timeout !== undefined && { jobTimeout: timeout }),
    ...(key !== undefined && { idempotencyKey: key }),
  };
  const hasOptions = Object.keys(options).length > 0;
  const rest = payload === null && !hasOptions ? [] : [tsValue(payload), ...(hasOptions ? [tsValue(options)] : [])];
  return `ct.jobs.${verb}(${[tsValue(type), ...rest].join(', ')})`;
}

function requestText({ method, path, query, body, headers }: Asked): string {
  const options = {
    ...(Object.keys(query).length > 0 && { query }),
    ...(body !== undefined && { body }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
  return `ct.request(${[tsValue(method), args(tsValue(path), options)].join(', ')})`;
}

function args(first: string, options: { [key: string]: Json } | undefined): string {
  const more = optional(options ?? {});
  return more === '' ? first : `${first}, ${more}`;
}

function optional(options: { [key: string]: Json }): string {
  return Object.keys(options).length === 0 ? '' : tsValue(options);
}
