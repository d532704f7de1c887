import { describe, expect, it } from 'vitest';
import { DatabaseUnavailable } from '../../src/database/database.ts';
import { retryTransient } from '../../src/database/retry.ts';

const refused = (code: string) => Object.assign(new Error(code), { code });

/** Fails with each of these, then succeeds. */
function work(...failures: Error[]): { (): Promise<string>; calls: number } {
  const run = async () => {
    const failure = failures[run.calls++];
    if (failure) throw failure;
    return 'done';
  };
  run.calls = 0;
  return run;
}

describe('retryTransient', () => {
  it('does it again after a deadlock and a serialization failure', async () => {
    const run = work(refused('40P01'), refused('40001'));
    expect(await retryTransient(run)).toBe('done');
    expect(run.calls).toBe(3);
  });

  it('gives up after its attempts, with the last error', async () => {
    const run = work(refused('40001'), refused('40001'), refused('40P01'));
    await expect(retryTransient(run, { attempts: 3 })).rejects.toMatchObject({ code: '40P01' });
    expect(run.calls).toBe(3);
  });

  it('passes on every other error at once', async () => {
    const run = work(refused('23505'));
    await expect(retryTransient(run)).rejects.toMatchObject({ code: '23505' });
    expect(run.calls).toBe(1);
  });

  it('takes a lost connection for transient only when a second time does no harm', async () => {
    const lost = new DatabaseUnavailable('gone');
    const careful = work(lost);
    await expect(retryTransient(careful)).rejects.toBe(lost);
    expect(careful.calls).toBe(1);
    expect(await retryTransient(work(lost), { isIdempotent: true })).toBe('done');
  });
});
