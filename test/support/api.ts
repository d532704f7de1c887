// The REST API as a plain client sees it: journeys check the wire, not our SDK.
import type { Job, Session } from '@cloudtask/sdk/contract';

export interface Api {
  submit(job: object, headers?: Record<string, string>): Promise<Response>;
  submitBatch(jobs: readonly object[]): Promise<Response>;
  job(id: string, wait?: string): Promise<Job>;
  jobs(query?: string): Promise<Job[]>;
  post(path: string, body?: object): Promise<Response>;
  readonly token: string;
}

/** Registers a fresh user at a job-service. */
export async function registeredApi(url: string): Promise<Api> {
  const email = `journey-${crypto.randomUUID()}@example.com`;
  const answer = await send(url, '/auth/register', { email, password: 'a quite long passphrase' });
  if (answer.status !== 201) throw new Error(`register answered ${answer.status}: ${await answer.text()}`);
  const { token } = (await answer.json()) as Session;
  return apiWith(url, token);
}

export function apiWith(url: string, token: string): Api {
  const authorization = { authorization: `Bearer ${token}` };
  const read = async (path: string) => {
    const answer = await fetch(url + path, { headers: authorization });
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  };
  return {
    token,
    submit: (job, headers) => send(url, '/jobs', job, { ...authorization, ...headers }),
    submitBatch: (jobs) => send(url, '/jobs/batch', { jobs }, authorization),
    job: async (id, wait) => (await read(`/jobs/${id}${wait ? `?wait=${wait}` : ''}`)) as Job,
    jobs: async (query = '') => (await read(`/jobs${query}`)) as Job[],
    post: (path, body) => send(url, path, body, authorization),
  };
}

function send(url: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}
