import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobSchema } from '../../src/job-service/schemas/job-schema.ts';
import { ProblemSchema } from '../../src/job-service/schemas/problem-schema.ts';
import { openTestApi, type TestApi } from './api.ts';
import { standInWorker } from './worker-stand-in.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ settings: { docs: true } });
});
afterAll(() => api.close());

interface Description {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, object>; security?: object[] }>>;
  components: { schemas: Record<string, object> };
}

const description = async () => (await api.call<Description>('GET', '/openapi.json')).body;

describe('the description of the API', () => {
  it('has every route, with its refusals', async () => {
    const { openapi, paths } = await description();
    expect(openapi).toBe('3.1.0');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = [...api.app.knownRoutes.values()]
      .filter(({ url }) => !url.startsWith('/docs') && url !== '/openapi.json')
      .flatMap(({ url, methods }) =>
        [...methods.keys()]
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`),
      );
    expect(described.sort()).toEqual(known.sort());
    const submit = paths['/jobs']?.['post']?.responses;
    expect(submit?.['4XX']).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
    expect(submit?.['201']).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Job' } } },
    });
  });

  it('refers only to what it holds', async () => {
    const text = (await api.call('GET', '/openapi.json')).text;
    const { components } = await description();
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    expect([...references].sort()).toEqual(Object.keys(components.schemas).sort());
    expect(Object.keys(components.schemas).sort()).toEqual([
      'FailureCause',
      'Job',
      'JobAction',
      'JobAttempt',
      'JobLog',
      'Problem',
      'Schedule',
      'Session',
    ]);
  });

  it('is what the API really answers', async () => {
    const { token } = await api.register();
    const worker = await standInWorker(api.database);
    const [first, second] = [
      await api.submit(token),
      await api.submit(token, { type: 'test', maxAttempts: 1, delay: 0 }),
    ];
    await worker.complete(first.id);
    await worker.settle(await worker.claim(second.id), {
      kind: 'failed',
      reason: 'ERROR',
      name: 'Error',
      message: 'no',
      retryable: false,
      retryDelayMs: 0,
    });
    const jobs = (await api.call<unknown[]>('GET', '/jobs', { token })).body;
    for (const job of jobs) expect([...Compile(JobSchema).Errors(job)]).toEqual([]);
    expect(jobs).toHaveLength(2);
    const problem = (await api.call('GET', '/jobs?limit=0', { token })).body;
    expect([...Compile(ProblemSchema).Errors(problem)]).toEqual([]);
  });
});

describe('the reference page', () => {
  it('is served from here alone, and may load nothing from elsewhere', async () => {
    const page = await api.call('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const script = await api.call('GET', '/docs/js/scalar.js');
    expect([script.status, script.headers['content-type']]).toEqual([200, 'application/javascript; charset=utf-8']);
  });

  it('is not there when it is switched off', async () => {
    const plain = await openTestApi({ database: api.database });
    expect((await plain.call('GET', '/docs/')).status).toBe(404);
    await plain.close();
  });
});
