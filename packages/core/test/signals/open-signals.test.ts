import { describe, expect, it } from 'vitest';
import { openSignals } from '../../src/signals/open-signals.ts';

describe('the signals URL', () => {
  it('chooses the in-process adapter with memory:', async () => {
    const signals = await openSignals({ url: 'memory:' });
    expect(signals.health.up).toBe(true);
    await signals.close();
  });

  it.each(['http://user:secret@host', 'nonsense', ''])(
    'is refused when it is %j, without repeating it',
    async (url) => {
      await expect(openSignals({ url })).rejects.toThrow('must begin with redis://');
      await expect(openSignals({ url })).rejects.not.toThrow('secret');
    },
  );

  it.each(['redis://', 'redis:nonsense'])('is refused when it is %j', async (url) => {
    await expect(openSignals({ url })).rejects.toThrow('must look like redis://');
  });
});
