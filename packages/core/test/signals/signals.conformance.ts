import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import type { SignalChannel, SignalNote, Signals } from '../../src/signals/signals.ts';

/** What every adapter of the signals port does. */
export function signalsConformance(name: string, open: () => Promise<Signals>): void {
  describe(`${name} as a doorbell`, () => {
    let signals: Signals;
    beforeEach(async () => {
      signals = await open();
    });
    afterEach(() => signals.close());

    async function hear(channel: SignalChannel) {
      const messages: (readonly SignalNote[])[] = [];
      const listener = await signals.listen(channel, (notes) => messages.push(notes));
      return { messages, ids: () => messages.flat().map(({ id }) => id), listener };
    }

    it('is up', () => {
      expect(signals.health).toEqual({ up: true });
    });

    it('tells notes as they were rung, to every listener of their channel and to no other', async () => {
      const [one, two, other] = [await hear('jobs'), await hear('jobs'), await hear('cancels')];
      signals.ring('jobs', [{ id: 'a', userId: 'u' }, { id: 'b' }]);
      signals.ring('cancels', [{ id: 'c' }]);
      await eventually(() => one.messages.length + two.messages.length + other.messages.length === 3);
      expect(one.messages).toEqual([[{ id: 'a', userId: 'u' }, { id: 'b' }]]);
      expect(two.messages).toEqual(one.messages);
      expect(other.messages).toEqual([[{ id: 'c' }]]);
    });

    it('never calls a listener inside ring', async () => {
      const { messages } = await hear('jobs');
      signals.ring('jobs', [{ id: 'a' }]);
      expect(messages).toEqual([]);
      await eventually(() => messages.length === 1);
    });

    it('gathers what is rung in one turn', async () => {
      const { messages, ids } = await hear('backlog');
      for (const id of ['a', 'b', 'c']) signals.ring('backlog', [{ id }]);
      signals.ring('backlog', []);
      await eventually(() => ids().length === 3);
      expect(messages).toEqual([[{ id: 'a' }, { id: 'b' }, { id: 'c' }]]);
    });

    it('tells at most 500 notes at a time', async () => {
      const { messages, ids } = await hear('jobs');
      const rung = [...Array(1_201).keys()].map((n) => ({ id: String(n) }));
      signals.ring('jobs', rung);
      await eventually(() => ids().length === rung.length);
      expect(messages.map(({ length }) => length)).toEqual([500, 500, 201]);
      expect(ids()).toEqual(rung.map(({ id }) => id));
    });

    it('takes a hundred thousand notes in one turn', async () => {
      const { ids } = await hear('jobs');
      signals.ring('jobs', [{ id: 'first' }]);
      signals.ring(
        'jobs',
        [...Array(99_999).keys()].map((n) => ({ id: String(n) })),
      );
      await eventually(() => ids().length === 100_000);
    });

    it('keeps nothing for who listens later', async () => {
      const early = await hear('jobs');
      signals.ring('jobs', [{ id: 'a' }]);
      await eventually(() => early.messages.length === 1);
      const late = await hear('jobs');
      signals.ring('jobs', [{ id: 'b' }]);
      await eventually(() => late.messages.length === 1);
      expect(late.ids()).toEqual(['b']);
    });

    it('tells nothing to a closed listener, and goes on for the others', async () => {
      const [leaving, staying] = [await hear('jobs'), await hear('jobs')];
      await leaving.listener.close();
      await leaving.listener.close();
      signals.ring('jobs', [{ id: 'a' }]);
      await eventually(() => staying.messages.length === 1);
      await staying.listener.close();
      const back = await hear('jobs');
      signals.ring('jobs', [{ id: 'b' }]);
      await eventually(() => back.messages.length === 1);
      expect(leaving.messages).toEqual([]);
      expect(staying.ids()).toEqual(['a']);
    });

    it('tells the others when a listener throws', async () => {
      await signals.listen('jobs', () => {
        throw new Error('a mistake of the listener');
      });
      const { messages } = await hear('jobs');
      signals.ring('jobs', [{ id: 'a' }]);
      await eventually(() => messages.length === 1);
    });

    it('is silent once closed, and closes twice', async () => {
      const { messages, listener } = await hear('jobs');
      await signals.close();
      await signals.close();
      signals.ring('jobs', [{ id: 'a' }]);
      await signals.listen('jobs', () => expect.unreachable());
      await listener.close();
      expect(signals.health.up).toBe(false);
      expect(messages).toEqual([]);
    });
  });
}
