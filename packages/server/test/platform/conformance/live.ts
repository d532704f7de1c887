import type { JobStreamEvent } from '@cloudtask/sdk/live-contract';
import { expect, it } from 'vitest';
import { type Seeded, seeded } from '../../../../../test/support/seeded.ts';
import type { Run, Services } from '../open-services.ts';
import type { Rules } from '../platform.conformance.ts';

const LINES = 1_000;
const ATTEMPTS = 4;
/** Each attempt that fails ends with where it threw. */
const messages = Array.from({ length: ATTEMPTS }, (_, at) => [
  ...Array.from({ length: LINES / ATTEMPTS }, (__, n) => `line ${(at * LINES) / ATTEMPTS + n + 1}`),
  ...(at + 1 < ATTEMPTS ? [`Error: attempt ${at + 1}`] : []),
]).flat();

/** Says its lines over four attempts, of which three fail right after the last of theirs. */
const chat: Run = async (_, { attempt, log, progress, sleep }) => {
  const share = LINES / ATTEMPTS;
  for (let n = (attempt - 1) * share + 1; n <= attempt * share; n += 1) {
    log.info(`line ${n}`);
    progress(n / 10);
    if (n % 20 === 0) await sleep(15);
  }
  if (attempt < ATTEMPTS) throw new Error(`attempt ${attempt}`);
  return 'said';
};

export const liveRules: Rules = (services) => {
  it('a stream that is cut anywhere, and goes on at either replica, has every line once and in order', async () => {
    await services().worker({ chat });
    const job = { type: 'chat', maxAttempts: ATTEMPTS, backoff: { kind: 'fixed', delay: 50 } } as const;
    const { id } = await services().submit(job);
    const random = seeded();
    const told = await Promise.all(Array.from({ length: 3 }, () => followWithCuts(services(), id, random)));
    for (const { events, cuts } of told) {
      const where = `seed ${random.seed}, after ${cuts} cuts`;
      expect(lines(events), where).toEqual(messages);
      const places = events.map(({ seq }) => seq.split('.').map(Number));
      expect(
        places.slice(1).filter((place, at) => !isAfter(place, places[at] ?? [])),
        where,
      ).toEqual([]);
      expect(events.at(-1), where).toMatchObject({ kind: 'status', status: 'COMPLETED', job: { attempt: ATTEMPTS } });
      expect(
        events.findLast(({ kind }) => kind === 'progress'),
        where,
      ).toMatchObject({ percent: 100 });
      expect(cuts).toBeGreaterThan(5);
    }
    const replay = await readUntilCut(services(), `/jobs/${id}/events?from=start`, 0, undefined, Infinity);
    expect(lines(replay.events)).toEqual(messages);
  }, 60_000);
};

const lines = (events: readonly JobStreamEvent[]) =>
  events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));

/** A client with a bad line: it comes back after each cut, at the other replica, with the last event that it has whole. */
async function followWithCuts(services: Services, id: string, random: Seeded) {
  const events: JobStreamEvent[] = [];
  for (let cuts = 0; ; cuts += 1) {
    const after = events.at(-1)?.seq;
    const cutAt = random.below(12_000);
    const read = await readUntilCut(services, `/jobs/${id}/events`, cuts % 2, after, cutAt);
    events.push(...read.events);
    if (read.isOver) return { events, cuts };
  }
}

async function readUntilCut(
  services: Services,
  path: string,
  replica: number,
  after: string | undefined,
  bytes: number,
): Promise<{ events: JobStreamEvent[]; isOver: boolean }> {
  const cut = new AbortController();
  const url = `${(await services.replicas())[replica]}${path}`;
  const headers = { authorization: `Bearer ${services.token}`, ...(after && { 'last-event-id': after }) };
  const response = await fetch(url, { headers, signal: cut.signal });
  if (response.status === 204) return { events: [], isOver: true };
  expect(response.status).toBe(200);
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.length < bytes) continue;
      cut.abort();
      break;
    }
  } catch (error) {
    if (!cut.signal.aborted) throw error;
  }
  const events = eventsIn(text.slice(0, bytes));
  const last = events.at(-1);
  return { events, isOver: last?.kind === 'status' && last.status === 'COMPLETED' };
}

/** The whole ones. */
function eventsIn(text: string): JobStreamEvent[] {
  const blocks = text.split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return data === undefined ? [] : [JSON.parse(data) as JobStreamEvent];
  });
}

function isAfter(place: readonly number[], before: readonly number[]): boolean {
  const at = [0, 1, 2].find((part) => (place[part] ?? 0) !== (before[part] ?? 0));
  return at !== undefined && (place[at] ?? 0) > (before[at] ?? 0);
}
