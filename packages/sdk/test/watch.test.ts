import { expect, test } from 'vitest';
import type { JobEvent } from '../src/contract.ts';
import { ConnectionError, NotFoundError, ServerError } from '../src/errors.ts';
import { aJob, answer, openEventStream, problem } from './support/play-server.ts';
import { withServer } from './support/with-server.ts';

const { id } = aJob();
const EVENTS = `GET /jobs/${id}/events`;
const JOB = `GET /jobs/${id}`;

async function all(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { seq, status } of events) seen.push(`${seq} ${status}`);
  return seen;
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
  for await (const event of ct.jobs.watchAll()) {
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
  expect(server.to(EVENTS).map(({ query }) => query.toString())).toEqual(['logs=false', 'logs=false']);
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
  expect(events[0]?.job.tags).toEqual(['日本']);
});

test('where no stream gets through, the job is asked for', async () => {
  const { ct, server } = await withServer({
    [EVENTS]: (_, response) => problem(response, 501, 'NOT_IMPLEMENTED'),
    [JOB]: (_, response, nth) => answer(response, 200, aJob({ status: nth < 3 ? 'RUNNING' : 'COMPLETED' })),
  });
  const statuses = [];
  for await (const { status } of ct.jobs.watch(id)) statuses.push(status);
  expect(statuses).toEqual(['RUNNING', 'COMPLETED']);
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
  const statuses = [];
  for await (const { status } of ct.jobs.watch(id)) statuses.push(status);
  expect(statuses).toEqual(['COMPLETED']);
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
    expect(event.status).toBe('RUNNING');
    break;
  }
  await closed;
});
