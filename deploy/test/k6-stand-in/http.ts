// Stands in for `k6/http`: a request returns when it is answered.
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { StandInAnswer, StandInRequest, ThreadData } from './messages.ts';
import { report } from './report.ts';

const { port, woken } = workerData as ThreadData;
const TIMEOUT_MS = 10_000;

interface Params {
  headers?: Record<string, string>;
  tags?: { name?: string };
}

function send(method: string, url: string, body: string | undefined, { headers = {}, tags }: Params = {}) {
  Atomics.store(woken, 0, 0);
  port.postMessage({ method, url, body, headers } satisfies StandInRequest);
  Atomics.wait(woken, 0, 0, TIMEOUT_MS);
  const answer = receiveMessageOnPort(port)?.message as StandInAnswer | undefined;
  if (!answer) throw new Error(`${method} ${url} was not answered within ${TIMEOUT_MS / 1000} s`);
  report.requests.push({ name: tags?.name, method, path: new URL(url).pathname, status: answer.status });
  return {
    ...answer,
    url,
    request: { method },
    json(selector?: string): unknown {
      const parsed = JSON.parse(answer.body) as Record<string, unknown>;
      return selector === undefined ? parsed : parsed[selector];
    },
  };
}

const http = {
  get: (url: string, params?: Params) => send('GET', url, undefined, params),
  post: (url: string, body: string, params?: Params) => send('POST', url, body, params),
};

export { http as default };
