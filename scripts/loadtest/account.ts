import { randomBytes } from 'node:crypto';
import { type JobType, jobs } from './scenarios.ts';

/** A fresh account of the tested platform: its list holds the jobs of this run and no others. */
export interface Account {
  url: string;
  headers: Record<string, string>;
  /** Accepted before the load began, so that there is something to read. */
  firstJob: string;
}

export async function openAccount(url: string, jobType: JobType): Promise<Account> {
  const unique = randomBytes(12).toString('hex');
  const who = { email: `loadtest-${unique}@example.com`, password: `load test ${unique}` };
  await post(`${url}/auth/register`, who, 201);
  const { token: session } = await post(`${url}/auth/login`, who, 200);
  // A session is good for an hour, a soak may be longer.
  const wanted = { name: 'load test', scopes: ['jobs:write'], expiresIn: '7d' };
  const { token } = await post(`${url}/auth/tokens`, wanted, 201, session);
  const { id } = await post(`${url}/jobs`, jobs[jobType], 201, token);
  return { url, headers: headersWith(token), firstJob: id };
}

/** All that these answers are asked for. */
interface Answer {
  token: string;
  id: string;
}

async function post(url: string, body: object, status: number, token?: string): Promise<Answer> {
  const answer = await send(url, { method: 'POST', headers: headersWith(token), body: JSON.stringify(body) });
  if (answer.status === status) return (await answer.json()) as Answer;
  throw new Error(`POST ${url} was answered ${answer.status}: ${await answer.text()}`);
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    throw new Error(`cannot reach ${url} (${cause}): start CloudTask there with npm start, or leave out --url`, {
      cause,
    });
  }
}

function headersWith(token?: string): Record<string, string> {
  return { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
}
