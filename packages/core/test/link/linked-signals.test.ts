import { afterAll, describe, expect, it } from 'vitest';
import { signalsConformance } from '../signals/signals.conformance.ts';
import { Serving } from './serving.ts';

const serving = new Serving();
afterAll(() => serving.close());

signalsConformance('the doorbell of another process', async () => (await serving.open({ database: false })).signals);

describe('a doorbell of another process', () => {
  it('says that it is away when that process dies, and is rung and listened to all the same', async () => {
    const other = new Serving();
    const { signals } = await other.open({ database: false });
    const listener = await signals.listen('jobs', () => {});
    await other.close();
    expect(signals.health).toMatchObject({ up: false });
    signals.ring('jobs', [{ id: 'a' }]);
    await signals.listen('cancels', () => {});
    await listener.close();
    await signals.close();
  });
});
