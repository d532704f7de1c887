import { APIPromise } from './api-promise.ts';
import type { Job } from './contract.ts';
import { type FetchPage, PagePromise } from './pages.ts';
import type { BodyWish, Call, Requester } from './request.ts';

/** Beside its name, method and path: how a call is sent, and what goes with it. */
export type CallOptions = Omit<Call, 'operation' | 'method' | 'path' | 'wish'>;

/** What calls are made with: `operation` names the call in hooks and diagnostics, `jobs.get`. */
export interface Caller {
  get<T>(operation: string, path: string, options: CallOptions): APIPromise<T>;
  post<T>(operation: string, path: string, options: CallOptions): APIPromise<T>;
  send<T>(method: Call['method'], operation: string, path: string, options: CallOptions): APIPromise<T>;
  /** Does something with one thing of a collection: `POST /jobs/{id}/cancel`, which is named `jobs.cancel`. */
  act<T>(collection: string, id: string | number, what: string, options: CallOptions): APIPromise<T>;
  /** The list behind an address; a `cursor` in the query is where its first page begins. */
  list<T>(operation: string, path: string, options: CallOptions): PagePromise<T>;
}

/** The address of one thing of a collection. */
export function pathOf(collection: string, id: string | number): string {
  return `/${collection}/${encodeURIComponent(id)}`;
}

/** A job as it is now. */
export async function readJob(requester: Requester, id: string, options: CallOptions): Promise<Job> {
  return (await requester.json<Job>({ ...options, operation: 'jobs.get', method: 'GET', path: pathOf('jobs', id) }))
    .data;
}

/** The request of a call leaves at once; its promise may still ask for the answer as it came. */
export function callsOf(requester: Requester): Caller {
  const caller: Caller = {
    send: (method, operation, path, options) => {
      const wish: BodyWish = {};
      return new APIPromise(requester.json({ ...options, method, operation, path, wish }), wish);
    },
    get: (...call) => caller.send('GET', ...call),
    post: (...call) => caller.send('POST', ...call),
    act: (collection, id, what, options) =>
      caller.post(`${collection}.${what}`, `${pathOf(collection, id)}/${what}`, options),
    list: <T>(operation: string, path: string, options: CallOptions) => {
      const fetchPage: FetchPage<T> = (cursor, wish) => {
        const query = { ...options.query, ...(cursor !== null && { cursor }) };
        return requester.json<T[]>({ ...options, method: 'GET', operation, path, query, ...(wish && { wish }) });
      };
      return new PagePromise(fetchPage);
    },
  };
  return caller;
}
