import { expect, test } from 'vitest';
import { ConnectionError, NotFoundError, ServerError } from '../src/errors.ts';
import type { JobStreamEvent } from '../src/live-contract.ts';
import type { WatchFilter } from '../src/watch-many.ts';
import { aJob, answer, openEventStream, problem, sendEvent } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const { id } = aJob();
const EVENTS = `GET /jobs/${id}/events`;
const JOB = `GET /jobs/${id}`;

async function all(events: AsyncIterable<JobStreamEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) seen.push(`${event.seq} ${nameOf(event)}`);
  return seen;
}

function nameOf(event: JobStreamEvent): string {
  if (event.kind === 'status') return event.status;
  return event.kind === 'log' ? `"${event.message}"` : `${event.percent} %`;
}

test('the events of a job up to its end', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => {
      const send = openEventStream(response);
      send(1, 'PENDING');
      send(2, 'RUNNING');
      send(3, 'COMPLETED');
    },
  });
  expect(await all(ct.jobs.watch(id))).toEqual(['1 PENDING', '2 RUNNING', '3 COMPLETED']);
  expect(server.requests[0]?.headers.accept).toBe('text/event-stream');
});

test('a lost connection is resumed after the last event, and each event comes once', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response, nth) => {
      const send = openEventStream(response);
      if (nth === 1) {
        send('9.3', 'PENDING');
        send('10.1', 'RUNNING');
        setTimeout(() => response.destroy(), 20);
      } else {
        // A server that repeats itself.
        send('9.3', 'PENDING');
        send('10.1', 'RUNNING');
        send('10.4', 'COMPLETED');
      }
    },
  });
  expect(await all(ct.jobs.watch(id))).toEqual(['9.3 PENDING', '10.1 RUNNING', '10.4 COMPLETED']);
  expect(server.to(EVENTS).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '10.1']);
});

test('a watch that goes on after the last event has nothing more to tell', async () => {
  const { ct, server } = await withServer({ [EVENTS]: (_, response) => void response.writeHead(204).end() });
  expect(await all(ct.jobs.watch(id, { after: '3.4' }))).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test('the events of all jobs go on after a lost connection, with a reset for what was missed', async () => {
  const { ct } = await withServer({
    'GET /events': (_, response, nth) => {
      const send = openEventStream(response);
      send(nth, nth === 1 ? 'RUNNING' : 'COMPLETED');
      if (nth === 1) setTimeout(() => response.destroy(), 20);
    },
  });
  const seen: string[] = [];
  for await (const event of ct.jobs.watchMany()) {
    seen.push(event.kind === 'status' ? event.status : event.kind);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(['RUNNING', 'reset', 'COMPLETED']);
});

test('a server that stops answers the next connection', async () => {
  const { ct } = await withServer({
    [EVENTS]: (_, response, nth) => {
      if (nth === 2) return problem(response, 503, 'STOPPING');
      const send = openEventStream(response);
      send(nth, nth === 1 ? 'RUNNING' : 'FAILED');
      response.end();
    },
  });
  expect(await all(ct.jobs.watch(id))).toEqual(['1 RUNNING', '3 FAILED']);
});

test('a stream that falls silent is opened again', async () => {
  const { ct, server } = await withServer(
    {
      [EVENTS]: (_, response, nth) => {
        const send = openEventStream(response);
        if (nth === 1) send(1, 'RUNNING');
        else send(2, 'COMPLETED');
      },
    },
    { streamIdleTimeout: 150 },
  );
  expect(await all(ct.jobs.watch(id))).toEqual(['1 RUNNING', '2 COMPLETED']);
  expect(server.to(EVENTS)).toHaveLength(2);
  expect(server.to(EVENTS).map(({ query }) => query.toString())).toEqual(['', '']);
});

test('keep-alives are signs of life', async () => {
  const { ct, server } = await withServer(
    {
      [EVENTS]: (_, response) => {
        const send = openEventStream(response);
        send(1, 'RUNNING');
        const beat = setInterval(() => response.write(': still here\n\n'), 50);
        setTimeout(() => {
          clearInterval(beat);
          send(2, 'COMPLETED');
        }, 600);
      },
    },
    { streamIdleTimeout: 300 },
  );
  expect(await all(ct.jobs.watch(id))).toEqual(['1 RUNNING', '2 COMPLETED']);
  expect(server.to(EVENTS)).toHaveLength(1);
});

test('events are read whole, however the network cuts them', async () => {
  const { ct } = await withServer({
    [EVENTS]: async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = { seq: '1', at: '', jobId: id, kind: 'status', status: 'COMPLETED', job: aJob({ tags: ['日本'] }) };
      const bytes = Buffer.from(`: hello\r\n\r\nid: 1\r\nevent: status\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  });
  const events = [];
  for await (const event of ct.jobs.watch(id)) events.push(event);
  expect(events).toMatchObject([{ job: { tags: ['日本'] } }]);
});

test('where no stream gets through, the job is asked for', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => problem(response, 501, 'NOT_IMPLEMENTED'),
    [JOB]: (_, response, nth) => answer(response, 200, aJob({ status: nth < 3 ? 'RUNNING' : 'COMPLETED' })),
  });
  expect(await all(ct.jobs.watch(id, { logs: false }))).toEqual(['0 RUNNING', '0 COMPLETED']);
  expect(server.to(JOB)).toHaveLength(3);
});

test('a stream that a proxy holds back is given up for asking', async () => {
  const { ct } = await withServer(
    {
      [EVENTS]: (_, response) => void openEventStream(response),
      [JOB]: (_, response) => answer(response, 200, aJob({ status: 'COMPLETED' })),
    },
    { streamIdleTimeout: 200 },
  );
  expect(await all(ct.jobs.watch(id, { logs: false }))).toEqual(['0 COMPLETED']);
});

test('a job that does not exist ends the watch', async () => {
  const { ct } = await withServer({});
  await expect(all(ct.jobs.watch(id))).rejects.toBeInstanceOf(NotFoundError);
});

test('an outage that lasts too long ends the watch', async () => {
  const { ct } = await withServer(
    { [EVENTS]: (_, response) => problem(response, 503, 'UNAVAILABLE') },
    { maxOutage: 300 },
  );
  await expect(all(ct.jobs.watch(id))).rejects.toBeInstanceOf(ServerError);
});

test('a server that goes away and does not come back ends the watch', async () => {
  const { ct, server } = await withServer(
    { [EVENTS]: (_, response) => openEventStream(response)(1, 'RUNNING') },
    { maxOutage: 300 },
  );
  const events = ct.jobs.watch(id);
  expect((await events.next()).value).toMatchObject({ status: 'RUNNING' });
  await server.close();
  await expect(events.next()).rejects.toBeInstanceOf(ConnectionError);
});

test('leaving the loop closes the connection', async () => {
  let closed: Promise<void> | undefined;
  const { ct } = await withServer({
    [EVENTS]: (_, response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      openEventStream(response)(1, 'RUNNING');
    },
  });
  for await (const event of ct.jobs.watch(id)) {
    expect(nameOf(event)).toBe('RUNNING');
    break;
  }
  await closed;
});

test('what a job says comes with what becomes of it, in order and once, through a lost connection', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response, nth) => {
      const send = openEventStream(response);
      if (nth === 1) {
        send('1.1', 'RUNNING');
        sendEvent(response, { seq: '1.1.1', kind: 'log', level: 'info', message: 'begins', attempt: 1, fields: null });
        sendEvent(response, { seq: '1.1.2', kind: 'progress', percent: 40, message: null, data: { sent: 2 } });
        setTimeout(() => response.destroy(), 20);
      } else {
        sendEvent(response, { seq: '1.1.2', kind: 'progress', percent: 40, message: null, data: { sent: 2 } });
        sendEvent(response, { seq: '1.1.3', kind: 'log', level: 'warn', message: 'slow', attempt: 1, fields: null });
        sendEvent(response, { seq: '1.1.4', kind: 'of a newer server' });
        send('1.2', 'COMPLETED');
      }
    },
  });
  expect(await all(ct.jobs.watch(id))).toEqual([
    '1.1 RUNNING',
    '1.1.1 "begins"',
    '1.1.2 40 %',
    '1.1.3 "slow"',
    '1.2 COMPLETED',
  ]);
  expect(server.to(EVENTS).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1.1.2']);
});

test('a watch may leave the log out, or begin with all that was ever said', async () => {
  const { ct, server } = await withServer({ [EVENTS]: (_, response) => openEventStream(response)(1, 'COMPLETED') });
  await all(ct.jobs.watch(id, { logs: false }));
  await all(ct.jobs.watch(id, { from: 'start' }));
  expect(server.to(EVENTS).map(({ query }) => query.toString())).toEqual(['logs=false', 'from=start']);
});

test('a log is followed from its first line to the end of the job, by level and attempt', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => {
      const send = openEventStream(response);
      const say = (seq: string, attempt: number, level: string) =>
        sendEvent(response, { seq, kind: 'log', level, message: `${level} ${attempt}`, attempt, fields: null });
      say('1.1.1', 1, 'error');
      say('2.1.1', 2, 'info');
      say('2.1.2', 2, 'warn');
      send('2.2', 'FAILED');
    },
  });
  expect(await all(ct.jobs.logs(id, { follow: true }))).toHaveLength(3);
  expect(await all(ct.jobs.logs(id, { follow: true, level: 'warn', attempt: 2 }))).toEqual(['2.1.2 "warn 2"']);
  expect(server.requests[0]?.query.toString()).toBe('from=start');
});

test('where no stream gets through, the log is asked for too, and each line told once', async () => {
  const line = (n: number) => ({ seq: `1.1.${n}`, at: '', attempt: 1, level: 'info', message: `${n}`, fields: null });
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => problem(response, 501, 'NOT_IMPLEMENTED'),
    [JOB]: (_, response, nth) => {
      const progress = { percent: nth * 10, message: null, data: null };
      answer(response, 200, aJob({ status: nth < 3 ? 'RUNNING' : 'COMPLETED', attempt: 1, progress }));
    },
    [`${JOB}/logs`]: ({ query }, response, nth) => {
      if (query.has('cursor')) return answer(response, 200, nth < 4 ? [line(3)] : [line(3), line(4)]);
      const next = nth === 1 ? {} : { link: '</logs?cursor=two>; rel="next"' };
      answer(response, 200, nth === 1 ? [line(1)] : [line(1), line(2)], next);
    },
  });
  expect(await all(ct.jobs.watch(id))).toEqual([
    '1.1.1 "1"',
    '0 RUNNING',
    '1.1.2 "2"',
    '1.1.3 "3"',
    '0 20 %',
    '1.1.4 "4"',
    '0 COMPLETED',
  ]);
  expect(server.to(`${JOB}/logs`).map(({ query }) => query.get('cursor'))).toEqual([null, null, 'two', 'two']);
});

test('of the events of all jobs a filter chooses', async () => {
  const { ct } = await withServer({
    'GET /events': (_, response) => {
      const send = openEventStream(response);
      const fits = { tags: ['a', 'b', 'c'] };
      // Each but the last misses one condition.
      send(1, 'COMPLETED', { ...fits, type: 'other' });
      send(2, 'RUNNING', fits);
      send(3, 'COMPLETED', { tags: ['a'] });
      send(4, 'COMPLETED', { ...fits, queue: 'mail' });
      send(5, 'COMPLETED', { ...fits, id: 'another' });
      send(6, 'COMPLETED', fits);
    },
  });
  const seen: string[] = [];
  const filter: WatchFilter = {
    status: ['COMPLETED', 'FAILED'],
    type: 'email',
    tag: ['a', 'b'],
    queue: ['default', 'other'],
    ids: [id.toUpperCase()],
  };
  for await (const event of ct.jobs.watchMany(filter)) {
    seen.push(event.kind === 'status' ? event.seq : event.kind);
    break;
  }
  expect(seen).toEqual(['6']);
});
