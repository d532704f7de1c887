import type { Json, TransportRequest } from '@cloudtask/sdk';
import { tsValue } from '../views/ts-value.ts';
import { ownHeaders } from './curl-text.ts';

interface Asked {
  method: string;
  path: string;
  query: Record<string, Json>;
  body: { [key: string]: Json } | undefined;
  headers: Record<string, string>;
}

/** A request as the call of the SDK that makes it: `ct.jobs.get('…')`. `path`: below the server's own. */
export function sdkCall(command: string, request: TransportRequest, path: string): string {
  const call: Asked = { ...asked(request), path };
  const { method, query, body } = call;
  const [, what = '', ref, act] = path.split('/').map(decodeURIComponent);
  const id = tsValue(ref ?? '');
  // `api` is any route: what was asked for is said as it was.
  switch (command === 'api' ? '' : `${method} ${routeOf(what, ref, act)}`) {
    case 'POST /jobs':
      return createText(command === 'run' ? 'run' : 'create', call);
    case 'GET /jobs':
      return `ct.jobs.list(${optional(query)})`;
    case 'POST /jobs/actions':
      return actionText(body ?? {});
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
    case 'GET /schedules':
      return `ct.schedules.list(${optional(query)})`;
    case 'GET /schedules/:id':
      return `ct.schedules.get(${id})`;
    case 'POST /schedules':
      return `ct.schedules.create(${tsValue(body ?? {})})`;
    case 'POST /schedules/preview':
      return `ct.schedules.preview(${tsValue(body ?? {})})`;
    case 'PATCH /schedules/:id':
      return `ct.schedules.update(${args(id, body)})`;
    case 'DELETE /schedules/:id':
      return `ct.schedules.delete(${id})`;
    case 'POST /schedules/:id/pause':
      return `ct.schedules.pause(${args(id, body)})`;
    case 'POST /schedules/:id/resume':
      return `ct.schedules.resume(${id})`;
    case 'POST /schedules/:id/trigger':
      return `ct.schedules.trigger(${id})`;
    case 'GET /queues':
      return 'ct.queues.list()';
    case 'POST /queues/:id/pause':
      return `ct.queues.pause(${args(id, body)})`;
    case 'POST /queues/:id/resume':
      return `ct.queues.resume(${id})`;
    case 'GET /workers':
      return `ct.workers.list(${query['all'] === 'true' ? '{ all: true }' : ''})`;
    case 'GET /workers/:id':
      return `ct.workers.get(${ref})`;
    case 'POST /workers/:id/drain':
      return `ct.workers.drain(${args(ref ?? '', body)})`;
    case 'GET /failures':
      return `ct.failures.list(${optional(query)})`;
    case 'GET /types':
      return 'ct.types.list()';
    case 'GET /auth/me':
      return 'ct.auth.me()';
    case 'GET /auth/tokens':
      return 'ct.tokens.list()';
    case 'POST /auth/tokens':
      return `ct.tokens.create(${tsValue(body ?? {})})`;
    case 'DELETE /auth/tokens/:id':
      return `ct.tokens.revoke(${tsValue(act ?? '')})`;
    case 'GET /actuator/health':
      return 'ct.health()';
    case 'GET /stats':
      return 'ct.stats()';
    case 'GET /verify':
      return 'ct.verify()';
    default:
      return requestText(call);
  }
}

/** A path with its names and ids left out. */
function routeOf(what: string, ref: string | undefined, act: string | undefined): string {
  const second = ref === undefined ? [] : [FIXED.includes(`${what}/${ref}`) ? ref : ':id'];
  const third = act === undefined ? [] : [what === 'auth' ? ':id' : act];
  return ['', what, ...second, ...third].join('/');
}

/** Second parts of paths that name no thing. */
const FIXED = ['jobs/actions', 'schedules/preview', 'auth/me', 'auth/tokens', 'actuator/health'];

function asked({ method, url, body, headers }: TransportRequest): Omit<Asked, 'path'> {
  const { searchParams } = new URL(url);
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, queryValue(name, searchParams.getAll(name))]),
  );
  return {
    method,
    query,
    body: body === undefined ? undefined : (JSON.parse(body) as Asked['body']),
    headers: Object.fromEntries(ownHeaders(headers).filter(([name]) => name !== 'content-type')),
  };
}

/** A list is sent as a parameter that is repeated. */
function queryValue(name: string, texts: readonly string[]): Json {
  const [text = ''] = texts;
  if (texts.length > 1) return [...texts];
  if (['limit', 'attempt', 'minAttempt'].includes(name)) return Number(text);
  return name === 'discarded' ? text === 'true' : text;
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

function actionText({ action, filter = {}, ...options }: { [key: string]: Json }): string {
  return `ct.${METHODS[String(action)]}(${args(tsValue(filter), options)})`;
}

const METHODS: Record<string, string> = {
  retry: 'jobs.retryMany',
  cancel: 'jobs.cancelMany',
  discard: 'failures.discard',
  restore: 'failures.restore',
};

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
