import type { NewApiToken } from '@cloudtask/sdk/contract';
import type { JobAction } from '@cloudtask/sdk/failures-contract';
import type { Schedule } from '@cloudtask/sdk/schedules-contract';
import type { Need } from '../../src/job-service/auth/need.ts';
import { PASSWORD, type TestApi } from './api.ts';

/**
 * An example request for every route, and what it must ask of its caller: a second opinion beside the route's own, so
 * that neither can be loosened alone. A new route needs a line here; one with ids of a new kind a maker as well.
 */
export interface RouteCase {
  needs: Need | 'public';
  /** Ids in the address that belong to an account: placeholder → what it names. Somebody else's is answered 404. */
  owned?: Record<string, Thing>;
  /** Values of placeholders that are nobody's own. */
  fixed?: Record<string, string>;
  /** `ids`: those of `owned`. An id in `owned` that is no placeholder of the address is one in the body. */
  body?: (ids: Record<string, string>) => unknown;
  /** For ids in a body that is answered item by item; else 404. */
  foreignStatus?: number;
  /** Never ends by itself. */
  isStream?: true;
}

/** How a thing that belongs to an account is made; answers its id. */
export const THINGS = {
  job: async (api: TestApi, token: string) => (await api.submit(token)).id,
  endedJob: async (api: TestApi, token: string) => {
    const { id } = await api.submit(token);
    await api.call('POST', `/jobs/${id}/cancel`, { token });
    return id;
  },
  action: async (api: TestApi, token: string) => {
    const body = { action: 'retry', filter: { all: true } };
    return (await api.call<JobAction>('POST', '/jobs/actions', { token, body })).body.id;
  },
  schedule: async (api: TestApi, token: string) => {
    const body = { name: 'thing', type: 'test', every: '1h' };
    return (await api.call<Schedule>('POST', '/schedules', { token, body })).body.id;
  },
  apiToken: async (api: TestApi, token: string) => {
    const body = { name: 'thing', scopes: ['jobs:read'] };
    return (await api.call<NewApiToken>('POST', '/auth/tokens', { token, body })).body.id;
  },
} satisfies Record<string, (api: TestApi, token: string) => Promise<string>>;
export type Thing = keyof typeof THINGS;

/** The first worker of a database. */
export const WORKER = 1;

const credentials = () => ({ email: 'somebody.new@example.com', password: PASSWORD });

export const ROUTE_CASES: Record<string, RouteCase> = {
  'GET /actuator/health': { needs: 'public' },
  'GET /actuator/health/liveness': { needs: 'public' },
  'GET /actuator/health/readiness': { needs: 'public' },
  'GET /actuator/info': { needs: 'public' },
  'GET /actuator/prometheus': { needs: 'public' },
  'GET /openapi.json': { needs: 'public' },

  'POST /auth/register': { needs: 'public', body: credentials },
  'POST /auth/login': { needs: 'public', body: credentials },
  'POST /auth/refresh': { needs: 'public', body: () => ({ refreshToken: 'unknown' }) },
  'POST /auth/logout': { needs: 'session' },
  'POST /auth/password': {
    needs: 'session',
    body: () => ({ currentPassword: PASSWORD, newPassword: 'another-horse-43' }),
  },
  'GET /auth/me': { needs: 'anyToken' },
  'POST /auth/tokens': { needs: 'session', body: () => ({ name: 'new', scopes: ['jobs:read'] }) },
  'GET /auth/tokens': { needs: 'session' },
  'DELETE /auth/tokens/:id': { needs: 'session', owned: { id: 'apiToken' } },

  'POST /jobs': { needs: 'jobs:write', body: () => ({ type: 'test' }) },
  'POST /jobs/batch': { needs: 'jobs:write', body: () => ({ jobs: [{ type: 'test' }] }) },
  'GET /jobs': { needs: 'jobs:read' },
  'GET /jobs/count': { needs: 'jobs:read' },
  'GET /jobs/:id': { needs: 'jobs:read', owned: { id: 'job' } },
  'GET /jobs/:id/logs': { needs: 'jobs:read', owned: { id: 'job' } },
  'GET /jobs/:id/attempts': { needs: 'jobs:read', owned: { id: 'job' } },
  'GET /jobs/:id/events': { needs: 'jobs:read', owned: { id: 'job' }, isStream: true },
  'GET /jobs/:id/explain': { needs: 'jobs:read', owned: { id: 'job' } },
  'POST /jobs/:id/cancel': { needs: 'jobs:write', owned: { id: 'job' } },
  'POST /jobs/:id/retry': { needs: 'jobs:write', owned: { id: 'endedJob' } },
  'POST /jobs/actions': { needs: 'jobs:write', body: () => ({ action: 'retry', filter: { all: true } }) },
  'GET /jobs/actions': { needs: 'jobs:read' },
  'GET /jobs/actions/:id': { needs: 'jobs:read', owned: { id: 'action' } },
  'POST /jobs/actions/:id/stop': { needs: 'jobs:write', owned: { id: 'action' } },
  'GET /failures': { needs: 'jobs:read' },
  'GET /events': { needs: 'jobs:read', isStream: true },

  'POST /schedules': { needs: 'schedules:write', body: () => ({ name: 'new', type: 'test', cron: '0 2 * * *' }) },
  'GET /schedules': { needs: 'schedules:read' },
  'POST /schedules/preview': { needs: 'schedules:read', body: () => ({ cron: '0 2 * * *' }) },
  'GET /schedules/:id': { needs: 'schedules:read', owned: { id: 'schedule' } },
  'PATCH /schedules/:id': { needs: 'schedules:write', owned: { id: 'schedule' }, body: () => ({ catchUp: 'none' }) },
  'DELETE /schedules/:id': { needs: 'schedules:write', owned: { id: 'schedule' } },
  'POST /schedules/:id/pause': { needs: 'schedules:write', owned: { id: 'schedule' } },
  'POST /schedules/:id/resume': { needs: 'schedules:write', owned: { id: 'schedule' } },
  'POST /schedules/:id/trigger': { needs: 'schedules:write', owned: { id: 'schedule' } },

  'GET /types': { needs: 'jobs:read' },
  'GET /types/:type': { needs: 'jobs:read', fixed: { type: 'matrix' } },
  'GET /workers': { needs: 'operator' },
  'GET /workers/:id': { needs: 'operator', fixed: { id: `${WORKER}` } },
  'POST /workers/:id/drain': { needs: 'operator', fixed: { id: `${WORKER}` } },
  'GET /stats': { needs: 'operator' },
  'GET /verify': { needs: 'operator' },
  'GET /queues': { needs: 'operator' },
  'POST /queues/:name/pause': { needs: 'operator', fixed: { name: 'matrix' } },
  'POST /queues/:name/resume': { needs: 'operator', fixed: { name: 'matrix' } },
};
