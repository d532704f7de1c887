import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';

it('returns the first truthy answer', async () => {
  let asked = 0;
  await expect(eventually(() => (++asked === 3 ? 'third' : null), { intervalMs: 1 })).resolves.toBe('third');
});

it('asks again after a check that throws', async () => {
  let asked = 0;
  const check = (): boolean => {
    expect(++asked).toBeGreaterThan(2);
    return true;
  };
  await expect(eventually(check, { intervalMs: 1 })).resolves.toBe(true);
});

it('throws what was last seen at the deadline', async () => {
  const waiting = eventually(() => 0, { timeoutMs: 30, describe: 'a job' });
  await expect(waiting).rejects.toThrow('waited 30 ms for a job; last seen: 0');
});

it('throws the last error, and the state of the world, at the deadline', async () => {
  const check = (): never => {
    throw new Error('refused');
  };
  const waiting = eventually(check, { timeoutMs: 30, describe: () => ({ jobs: 2 }) });
  await expect(waiting).rejects.toThrow('last error: refused; the state was { jobs: 2 }');
});

it('does not wait for a check that never answers', async () => {
  const waiting = eventually(() => new Promise(() => {}), { timeoutMs: 30 });
  await expect(waiting).rejects.toThrow('the check never answered');
});
