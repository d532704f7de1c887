import type { Job } from '@cloudtask/sdk/contract';
import type { Schedule, ScheduleDetails } from '@cloudtask/sdk/schedules-contract';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { ScheduleSchema } from '../../src/job-service/schemas/schedule-schema.ts';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
});
beforeEach(async () => {
  token = (await api.register()).token;
});
afterAll(() => api.close());

const call = <Body = Schedule>(method: string, url: string, body?: unknown) =>
  api.call<Body>(method, url, { token, ...(body !== undefined && { body }) });

async function make(body: object = {}): Promise<Schedule> {
  const answer = await call('POST', '/schedules', { name: 'nightly', type: 'report', cron: '0 2 * * *', ...body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}

describe('POST /schedules', () => {
  it('answers the schedule with every default, and when it runs next', async () => {
    const answer = await call('POST', '/schedules', {
      name: 'nightly',
      type: 'report',
      payload: { scope: 'all' },
      cron: '0 2 * * *',
      timezone: 'Europe/Berlin',
      queue: 'reports',
      ttl: '1h',
    });
    expect([answer.status, answer.headers['location']]).toEqual([201, `/schedules/${answer.body.id}`]);
    expect(answer.body).toEqual({
      id: expect.any(String),
      name: 'nightly',
      type: 'report',
      payload: { scope: 'all' },
      cron: '0 2 * * *',
      every: null,
      timezone: 'Europe/Berlin',
      dstGap: 'after',
      dstOverlap: 'first',
      catchUp: 'latest',
      onOverlap: 'skip',
      queue: 'reports',
      ttl: '1h',
      nextAt: expect.stringMatching(/T0[01]:00:00\.000Z$/),
      firedSlot: null,
      lastJobId: null,
      waitingSlot: null,
      pausedAt: null,
      pauseReason: null,
      createdAt: expect.any(String),
      updatedAt: answer.body.createdAt,
    });
    expect([...Compile(ScheduleSchema).Errors(answer.body)]).toEqual([]);
  });

  it('counts `every` from when it was made', async () => {
    const { createdAt, nextAt, every } = await make({ cron: undefined, every: '90s' });
    expect([every, Date.parse(nextAt ?? '') - Date.parse(createdAt)]).toEqual([90_000, 90_000]);
  });

  it.each([
    ['neither cron nor every', { cron: undefined }, 400, 'VALIDATION_FAILED', '/cron', 'every instead'],
    ['both', { every: '1h' }, 400, 'VALIDATION_FAILED', '/every', 'together with cron'],
    ['every half second', { cron: undefined, every: '500ms' }, 400, 'VALIDATION_FAILED', '/every', 'at least 1 s'],
    [
      'an hour that there is not',
      { cron: '0 25 * * *' },
      422,
      'INVALID_SCHEDULE',
      '/cron',
      'has "25" as its hour: write 0-23',
    ],
    [
      'a month that there is not',
      { cron: '0 2 1 FOO *' },
      422,
      'INVALID_SCHEDULE',
      '/cron',
      'has "FOO" as its month: write 1-12 or JAN-DEC',
    ],
    [
      'a second that there is not',
      { cron: '60 * * * * *' },
      422,
      'INVALID_SCHEDULE',
      '/cron',
      'has "60" as its second',
    ],
    ['a step of nothing', { cron: '*/0 * * * *' }, 422, 'INVALID_SCHEDULE', '/cron', 'has "*/0" as its minute'],
    ['four fields', { cron: '0 2 * *' }, 422, 'INVALID_SCHEDULE', '/cron', 'write five fields'],
    ['a date', { cron: '2030-01-01T00:00:00' }, 422, 'INVALID_SCHEDULE', '/cron', 'write five fields'],
    ['30 February', { cron: '0 0 30 2 *' }, 422, 'INVALID_SCHEDULE', '/cron', 'no time within 40 years'],
    ['a plus', { cron: '0 2 1 * +MON' }, 422, 'INVALID_SCHEDULE', '/cron', 'it has a plus'],
    [
      'a zone with a slip',
      { timezone: 'Europe/Berln' },
      422,
      'INVALID_SCHEDULE',
      '/timezone',
      'did you mean Europe/Berlin?',
    ],
    ['a city', { timezone: 'New York' }, 422, 'INVALID_SCHEDULE', '/timezone', 'did you mean America/New_York?'],
    ['a distance from UTC', { timezone: '+01:00' }, 422, 'INVALID_SCHEDULE', '/timezone', 'write an IANA name'],
    ['an unknown policy', { catchUp: 'some' }, 400, 'VALIDATION_FAILED', '/catchUp', 'latest, none, all'],
    ['a time of its own', { runAt: '2030-01-01T00:00:00Z' }, 400, 'VALIDATION_FAILED', '/runAt', 'not known here'],
    ['a name like a path', { name: 'a/b' }, 400, 'VALIDATION_FAILED', '/name', 'letters, digits'],
    [
      'a name like an id',
      { name: '01234567-89ab-7cde-8f01-23456789abcd' },
      400,
      'VALIDATION_FAILED',
      '/name',
      'form of an id',
    ],
    [
      'a key that the cancelled job keeps',
      { onOverlap: 'cancel', unique: { key: 'one' } },
      422,
      'INVALID_SCHEDULE',
      '/unique/until',
      'write "until": "started"',
    ],
    [
      'a payload too deep',
      { payload: JSON.parse('['.repeat(40) + ']'.repeat(40)) },
      422,
      'UNSTORABLE_VALUE',
      undefined,
      '',
    ],
  ])('refuses %s', async (_what, body, status, code, path, message) => {
    const answer = await call('POST', '/schedules', { name: 'x', type: 'report', cron: '0 2 * * *', ...body });
    const { issues } = problemOf(answer);
    expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
    if (path !== undefined) expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues[0]?.message).toContain(message);
  });

  it('refuses a second of the same name, but not of another account', async () => {
    await make();
    const again = await call('POST', '/schedules', { name: 'nightly', type: 'other', every: '1h' });
    expect([again.status, problemOf(again).code]).toEqual([409, 'SCHEDULE_EXISTS']);
    token = (await api.register()).token;
    await make();
  });

  it('refuses more than there may be', async () => {
    const { id } = await make();
    await api.database.script(`
      insert into cloudtask.schedules (id, user_id, name, type, payload, every_ms, timezone, dst_gap, dst_overlap, catch_up,
                                       on_overlap, job_options, created_at, updated_at)
      select gen_random_uuid(), user_id, 'n' || n, type, payload, 3600000, timezone, dst_gap, dst_overlap, catch_up,
             on_overlap, job_options, created_at, updated_at
        from cloudtask.schedules, generate_series(1, 999) n where id = '${id}'`);
    const answer = await call('POST', '/schedules', { name: 'one-more', type: 'report', every: '1h' });
    expect([answer.status, problemOf(answer).code]).toEqual([409, 'TOO_MANY_SCHEDULES']);
    expect(problemOf(answer).detail).toContain('1000');
  });
});

describe('a schedule', () => {
  it('is found by its id, in any case, and by its name', async () => {
    const { id } = await make();
    for (const ref of [id, id.toUpperCase(), 'nightly']) {
      expect((await call('GET', `/schedules/${ref}`)).body.id).toBe(id);
    }
    for (const ref of ['Nightly', 'x', '%00', encodeURIComponent("' or true --")]) {
      const answer = await call('GET', `/schedules/${ref}`);
      expect([answer.status, problemOf(answer).code]).toEqual([404, 'SCHEDULE_NOT_FOUND']);
    }
  });

  it('shows what became of its newest slots', async () => {
    const { id } = await make();
    await api.database.script(`
      insert into cloudtask.schedule_slots (schedule_id, slot, outcome, detail, decided_at)
      select '${id}', timestamptz '2030-01-01T00:00:00Z' + n * interval '1 h', 'refused', 'INVALID_PAYLOAD: no', cloudtask.clock()
        from generate_series(1, 25) n`);
    const { recentSlots } = (await call<ScheduleDetails>('GET', `/schedules/${id}`)).body;
    expect(recentSlots).toHaveLength(20);
    expect(recentSlots[0]).toEqual({
      at: '2030-01-02T01:00:00.000Z',
      outcome: 'refused',
      jobId: null,
      detail: 'INVALID_PAYLOAD: no',
      decidedAt: expect.any(String),
    });
  });

  it('is listed by name, page by page', async () => {
    for (const name of ['c', 'a', 'e', 'b', 'd']) await make({ name });
    const names: string[] = [];
    let url: string | undefined = '/schedules?limit=2';
    while (url) {
      const page: Awaited<ReturnType<typeof call<Schedule[]>>> = await call<Schedule[]>('GET', url);
      names.push(...page.body.map(({ name }) => name));
      url = /<([^>]+)>/.exec(String(page.headers['link'] ?? ''))?.[1];
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(problemOf(await call('GET', '/schedules?limit=101')).code).toBe('VALIDATION_FAILED');
  });

  it('is deleted; its jobs stay', async () => {
    const { id } = await make();
    const job = (await call<Job>('POST', `/schedules/${id}/trigger`)).body;
    expect((await call('DELETE', '/schedules/nightly')).status).toBe(204);
    expect((await call('GET', `/schedules/${id}`)).status).toBe(404);
    expect((await call<Job>('GET', `/jobs/${job.id}`)).body.scheduleId).toBe(id);
    await make();
  });
});

describe('PATCH /schedules/{id}', () => {
  it('changes what is given, and nothing else', async () => {
    const before = await make({ priority: 7, queue: 'reports', tags: ['a'] });
    const { body } = await call('PATCH', '/schedules/nightly', {
      onOverlap: 'queue',
      queue: null,
      payload: null,
      tags: ['b'],
    });
    const { queue: _, ...rest } = before;
    expect(body).toEqual({ ...rest, onOverlap: 'queue', payload: null, tags: ['b'], updatedAt: body.updatedAt });
  });

  it('goes on from now when its times change', async () => {
    const { id } = await make({ cron: '0 0 1 1 *' });
    const hourly = (await call('PATCH', `/schedules/${id}`, { cron: '0 * * * *' })).body;
    expect(Date.parse(hourly.nextAt ?? '') - Date.now()).toBeLessThanOrEqual(3_600_000);
    const { body } = await call('PATCH', `/schedules/${id}`, { every: '2h' });
    expect([body.cron, body.every]).toEqual([null, 7_200_000]);
    expect(Date.parse(body.nextAt ?? '') - Date.parse(body.createdAt)).toBe(7_200_000);
  });

  it('keeps what is due when its times stay the same', async () => {
    const { id } = await make();
    await api.database.script(`update cloudtask.schedules set next_at = '2030-01-01T00:00:00Z' where id = '${id}'`);
    const { body } = await call('PATCH', `/schedules/${id}`, { cron: '0 2 * * *', timezone: 'UTC', catchUp: 'all' });
    expect(body).toMatchObject({ nextAt: '2030-01-01T00:00:00.000Z', catchUp: 'all' });
  });

  it('refuses what the whole could not be made with', async () => {
    await make({ name: 'other' });
    await make();
    const cases: [object, string][] = [
      [{ name: 'other' }, 'SCHEDULE_EXISTS'],
      [{ timezone: 'Mars/Olympus' }, 'INVALID_SCHEDULE'],
      [{ cron: '0 2 * * *', every: '1h' }, 'VALIDATION_FAILED'],
      [{ ttl: '36500d' }, 'VALIDATION_FAILED'],
      [{ id: 'x' }, 'VALIDATION_FAILED'],
      [{ onOverlap: 'cancel', unique: { key: 'one', until: 'finished' } }, 'INVALID_SCHEDULE'],
    ];
    for (const [body, code] of cases) {
      expect([body, problemOf(await call('PATCH', '/schedules/nightly', body)).code]).toEqual([body, code]);
    }
    expect((await call('PATCH', '/schedules/nightly', { name: 'renamed' })).body.name).toBe('renamed');
  });

  it('passes over the slot that waits when none is to wait any more', async () => {
    const { id } = await make({ onOverlap: 'queue' });
    const waiting = '2030-01-01T00:00:00.000Z';
    await api.database.script(`update cloudtask.schedules set waiting_slot = '${waiting}' where id = '${id}'`);
    expect((await call('PATCH', '/schedules/nightly', { priority: 1 })).body.waitingSlot).toBe(waiting);
    expect((await call('PATCH', '/schedules/nightly', { onOverlap: 'allow' })).body.waitingSlot).toBeNull();
    const { recentSlots } = (await call<ScheduleDetails>('GET', '/schedules/nightly')).body;
    expect(recentSlots).toMatchObject([{ at: waiting, outcome: 'overlap', jobId: null }]);
  });
});

describe('a pause', () => {
  it('has a reason, keeps its beginning, and ends', async () => {
    await make();
    const paused = (await call('POST', '/schedules/nightly/pause', { reason: 'holiday' })).body;
    expect(paused).toMatchObject({ nextAt: null, pauseReason: 'holiday' });
    const again = (await call('POST', '/schedules/nightly/pause')).body;
    expect(again).toMatchObject({ pausedAt: paused.pausedAt, pauseReason: null });
    const resumed = (await call('POST', '/schedules/nightly/resume')).body;
    expect(resumed).toMatchObject({ pausedAt: null, pauseReason: null, nextAt: expect.any(String) });
    expect((await call('POST', '/schedules/nightly/resume')).body).toEqual(resumed);
  });
});

describe('a payload', () => {
  it('has to fit the schema that workers registered, when the schedule is made, changed and triggered', async () => {
    await api.database.script(`
      insert into cloudtask.job_types (type, input_schema, defaults, version, registered_at)
      values ('strict', '{"type":"object","required":["to"],"properties":{"to":{"type":"string"}}}', '{"priority":2}', '1', cloudtask.clock())`);
    const body = { name: 'mail', type: 'strict', every: '1h' };
    await eventually(async () => (await call('POST', '/jobs', { type: 'strict' })).status === 422);
    expect(problemOf(await call('POST', '/schedules', body)).code).toBe('INVALID_PAYLOAD');
    const made = await make({ ...body, cron: undefined, payload: { to: 'a' } });
    // A default of the type is the type's own: the schedule does not freeze it.
    expect(made.priority).toBeUndefined();
    expect((await call<Job>('POST', '/schedules/mail/trigger')).body.priority).toBe(2);
    expect(problemOf(await call('PATCH', '/schedules/mail', { payload: { to: 1 } })).code).toBe('INVALID_PAYLOAD');
  });

  it('that no longer fits forbids no other change', async () => {
    await make({ type: 'loose' });
    await api.database.script(`
      insert into cloudtask.job_types (type, input_schema, defaults, version, registered_at)
      values ('loose', '{"type":"object"}', '{}', '2', cloudtask.clock())`);
    await eventually(async () => (await call('POST', '/jobs', { type: 'loose' })).status === 422);
    expect((await call('PATCH', '/schedules/nightly', { name: 'renamed' })).body.name).toBe('renamed');
    expect(problemOf(await call('PATCH', '/schedules/renamed', { type: 'loose' })).code).toBe('INVALID_PAYLOAD');
  });
});
