import { expose } from '@cloudtask/core/exposition';
import { createRegistry } from '@cloudtask/core/metrics';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { measureRequests } from '../../src/job-service/http/request-metrics.ts';
import { readTraces } from '../../src/job-service/http/request-trace.ts';
import { jobServiceMetrics } from '../../src/job-service/metrics.ts';
import { openTestApi } from './api.ts';
import { standInWorker } from './worker-stand-in.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

it('a request that has a trace is an example of its route and time', async () => {
  const registry = createRegistry({ application: 'test', processMetrics: false });
  const app = Fastify();
  const { requestSeconds } = jobServiceMetrics(registry);
  readTraces(app);
  measureRequests(app, { requestSeconds });
  app.get('/jobs/:id', async () => 'ok');
  await app.inject({ url: '/jobs/1' });
  expect((await expose(registry, 'application/openmetrics-text')).body).not.toContain('trace_id');
  await app.inject({ url: '/jobs/2', headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } });
  const { body } = await expose(registry, 'application/openmetrics-text');
  expect(body).toMatch(new RegExp(`http_server_requests_seconds_bucket.*uri="/jobs/{id}".* # {trace_id="${TRACE}"}`));
  expect(body).toContain(
    'http_server_requests_seconds_count{application="test",method="GET",uri="/jobs/{id}",status="200"',
  );
  await app.close();
});

it('/actuator/prometheus answers in the format that is asked for, with logins that nobody has tried yet', async () => {
  const api = await openTestApi();
  const plain = await api.call('GET', '/actuator/prometheus');
  expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(plain.text).toContain('auth_logins_total{outcome="failure",application="test"} 0\n');
  const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3';
  const openMetrics = await api.call('GET', '/actuator/prometheus', { headers: { accept } });
  expect(openMetrics.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(openMetrics.text.endsWith('# EOF\n')).toBe(true);
  await api.close();
});

it('jobs of a type are counted from 0 when a worker registers it: the first ones have a rate too', async () => {
  const api = await openTestApi();
  await standInWorker(api.database, { types: ['mail.send'] });
  await eventually(async () => {
    const { text } = await api.call('GET', '/actuator/prometheus');
    return text.includes('jobs_created_total{type="mail.send",application="test"} 0\n');
  });
  await api.close();
});
