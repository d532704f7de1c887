// The part of the k6 scripts that does something. It runs in k6, which has neither Node's modules nor npm packages.
import { check, fail, sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { k6Options } from './k6-options.ts';
import { FINISH_WITHIN_S, jobNamed, LIST_PATH, MIX, PAGE, type ScenarioName, scenarioWith } from './scenarios.ts';

interface LoadTest {
  options: Options;
  setup(): Account;
  request(account: Account): void;
  teardown(account: Account): void;
}

/** What `setup` hands to the others. */
interface Account {
  token: string;
  /** Accepted before the load began. */
  sample: string[];
}

type Answer = RefinedResponse<'text'>;

const accepted = new Counter('cloudtask_jobs_accepted');
const baseUrl = (__ENV['BASE_URL'] ?? 'http://127.0.0.1:8080').replace(/\/+$/, '');
const job = JSON.stringify(jobNamed(__ENV['JOB_TYPE'] ?? 'email'));
/** Of this user (k6 gives each its own copy of the modules). */
let lastJob: string | undefined;

export function loadTest(name: ScenarioName): LoadTest {
  const changes = { rate: __ENV['RATE'], duration: __ENV['DURATION'] };
  return { options: k6Options(scenarioWith(name, changes)), setup, request, teardown };
}

/** A fresh account: its list holds the jobs of this run and no others. */
function setup(): Account {
  const unique = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const account = JSON.stringify({ email: `loadtest-${unique}@example.com`, password: `load test ${unique}` });
  expectAnswer(http.post(`${baseUrl}/auth/register`, account, withHeaders('register')), 201);
  const login = expectAnswer(http.post(`${baseUrl}/auth/login`, account, withHeaders('login')), 200);
  const session = login.json('token') as string;
  // A session is good for an hour, a soak may be longer.
  const wanted = JSON.stringify({ name: 'load test', scopes: ['jobs:write'], expiresIn: '7d' });
  const made = http.post(`${baseUrl}/auth/tokens`, wanted, withHeaders('token', session));
  const token = expectAnswer(made, 201).json('token') as string;
  const sample = Array.from({ length: SAMPLE }, () => {
    const answer = http.post(`${baseUrl}/jobs`, job, withHeaders('first', token));
    return expectAnswer(answer, 201).json('id') as string;
  });
  return { token, sample };
}

const SAMPLE = 5;

/** One request per iteration, so that the arrival rate of iterations is that of requests. */
function request({ token, sample }: Account): void {
  // Users take turns: without their number all would submit at the same moment.
  switch (MIX[(__VU + __ITER) % MIX.length]) {
    case 'submit': {
      const answer = http.post(`${baseUrl}/jobs`, job, withHeaders('submit', token));
      if (!check(answer, { 'a submit is answered 201': ({ status }) => status === 201 })) return;
      accepted.add(1);
      lastJob = answer.json('id') as string;
      return;
    }
    case 'read': {
      const id = lastJob ?? sample[0];
      const answer = http.get(`${baseUrl}/jobs/${id}`, withHeaders('read', token));
      check(answer, { 'an accepted job can be read': ({ status }) => status === 200 && answer.json('id') === id });
      return;
    }
    default: {
      const answer = http.get(baseUrl + LIST_PATH, withHeaders('list', token));
      check(answer, { 'a list is answered 200': ({ status }) => status === 200 });
    }
  }
}

/** Nothing accepted is lost: the first jobs and the newest thousand are all completed within the bound. */
function teardown({ token, sample }: Account): void {
  const deadline = Date.now() + FINISH_WITHIN_S * 1000;
  let unfinished = unfinishedOf(sample, token);
  while (unfinished.length > 0 && Date.now() < deadline) {
    sleep(0.5);
    unfinished = unfinishedOf(sample, token);
  }
  check(unfinished, { 'every accepted job is finished': () => unfinished.length === 0 });
  if (unfinished.length > 0) {
    console.error(
      `${unfinished.length} accepted jobs are not completed after ${FINISH_WITHIN_S} s: ${unfinished[0]} …`,
    );
  }
}

function unfinishedOf(sample: readonly string[], token: string): string[] {
  const newest = http.get(`${baseUrl}/jobs?limit=${PAGE}&fields=id,status`, withHeaders('audit', token));
  const jobs = expectAnswer(newest, 200).json() as { id: string; status: string }[];
  const first = sample.map((id) => {
    const answer = http.get(`${baseUrl}/jobs/${id}?fields=id,status`, withHeaders('audit', token));
    return answer.status === 200 ? (answer.json() as { id: string; status: string }) : { id, status: 'lost' };
  });
  return [...first, ...jobs].filter(({ status }) => status !== 'COMPLETED').map(({ id, status }) => `${id} ${status}`);
}

/** `name` keeps the measurements of all URLs of a kind together. */
function withHeaders(name: string, token?: string) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  return { headers, tags: { name }, responseType: 'text' as const };
}

function expectAnswer(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer;
  const why = answer.status === 0 ? answer.error : `${answer.status} ${answer.body}`;
  fail(`${answer.request.method} ${answer.url}: ${why}; is CloudTask at BASE_URL=${baseUrl}?`);
}
