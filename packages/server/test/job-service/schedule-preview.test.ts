import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApi, problemOf, type TestApi } from './api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = (await api.register()).token;
});
afterAll(() => api.close());

const call = (body: object) => api.call('POST', '/schedules/preview', { token, body });

describe('POST /schedules/preview', () => {
  const preview = async (body: object) => (await call(body)).body;

  it('shows a time that does not exist', async () => {
    const asked = { cron: '30 2 * * *', timezone: 'Europe/Berlin', from: '2027-03-27T00:00:00Z', count: 3 };
    const note = '02:30 does not exist (clock change): it runs at 03:00';
    expect(await preview(asked)).toEqual({
      slots: [
        { at: '2027-03-27T01:30:00.000Z', local: '2027-03-27T02:30:00+01:00', note: null },
        { at: '2027-03-28T01:00:00.000Z', local: '2027-03-28T03:00:00+02:00', note },
        { at: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30:00+02:00', note: null },
      ],
      clockChanges: [{ at: '2027-03-28T01:00:00.000Z', before: '+01:00', after: '+02:00', note }],
    });
    expect(await preview({ ...asked, dstGap: 'skip', count: 2 })).toMatchObject({
      slots: [{ at: '2027-03-27T01:30:00.000Z' }, { at: '2027-03-29T00:30:00.000Z', note: null }],
      clockChanges: [{ note: '02:30 does not exist (clock change): it does not run' }],
    });
  });

  it('shows a time that comes twice', async () => {
    const asked = { cron: '30 1 * * *', timezone: 'America/New_York', from: '2027-11-06T12:00:00Z', count: 2 };
    const first = '01:30 comes twice (clock change): it runs the first time';
    expect(await preview(asked)).toMatchObject({
      slots: [
        { local: '2027-11-07T01:30:00-04:00', note: first },
        { local: '2027-11-08T01:30:00-05:00', note: null },
      ],
      clockChanges: [{ before: '-04:00', after: '-05:00', note: first }],
    });
    const both = '01:30 comes twice (clock change): it runs both times';
    expect(await preview({ ...asked, dstOverlap: 'both' })).toMatchObject({
      slots: [
        { local: '2027-11-07T01:30:00-04:00', note: both },
        { local: '2027-11-07T01:30:00-05:00', note: both },
      ],
    });
  });

  it('has nothing to say of an interval, which runs on through the change', async () => {
    const through = { from: '2027-03-28T00:40:00Z', timezone: 'Europe/Berlin', count: 2 };
    for (const timing of [{ cron: '*/30 * * * *' }, { every: '30m' }]) {
      const body = (await preview({ ...through, ...timing })) as { slots: { note: null }[]; clockChanges: unknown[] };
      expect(body.slots.map(({ note }) => note)).toEqual([null, null]);
      expect(body.clockChanges).toMatchObject([{ note: null }]);
    }
  });

  it('takes hours with a step for times of the clock', async () => {
    const asked = { cron: '30 */2 * * *', timezone: 'Europe/Berlin', from: '2027-03-28T00:00:00Z', count: 1 };
    const note = '02:30 does not exist (clock change): it runs at 03:00';
    expect(await preview(asked)).toMatchObject({ slots: [{ local: '2027-03-28T03:00:00+02:00', note }] });
  });

  it('is from now on, ten slots, without more', async () => {
    const { slots } = (await preview({ cron: '* * * * * *' })) as { slots: { at: string }[] };
    expect(slots).toHaveLength(10);
    expect(Math.abs(Date.parse(slots[0]?.at ?? '') - Date.now())).toBeLessThan(10_000);
  });

  it.each([
    [{ cron: '0 0 30 2 *' }, 'INVALID_SCHEDULE'],
    [{ cron: '0 99 * * *' }, 'INVALID_SCHEDULE'],
    [{ cron: '0 * * * *', count: 101 }, 'VALIDATION_FAILED'],
    [{ cron: '0 * * * *', from: 'tomorrow' }, 'VALIDATION_FAILED'],
    [{}, 'VALIDATION_FAILED'],
  ])('refuses %j', async (body, code) => {
    expect(problemOf(await call(body)).code).toBe(code);
  });
});
