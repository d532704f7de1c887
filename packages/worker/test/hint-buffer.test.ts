import type { Delivery } from '@cloudtask/core/broker/broker';
import { describe, expect, it } from 'vitest';
import { HintBuffer } from '../src/hint-buffer.ts';
import { hintsAhead, prefetchFor, Turnover } from '../src/look-ahead.ts';

class FakeDelivery implements Delivery {
  readonly body = Buffer.alloc(0);
  readonly redelivered = false;
  state = 'held';
  ack(): void {
    this.state = 'acked';
  }
  requeue(): void {
    this.state = 'requeued';
  }
}

const hints = (...ids: string[]) => ids.map((id) => ({ id, type: id.startsWith('x') ? 'unknown' : 'known' }));
const knows = (type: string) => type === 'known';

describe('the hint buffer', () => {
  it('acks a delivery when the last of its hints is disposed of', () => {
    const buffer = new HintBuffer();
    const delivery = new FakeDelivery();
    buffer.add(delivery, hints('a', 'b', 'c'), knows, 0);
    buffer.dispose(buffer.take(2));
    expect(delivery.state).toBe('held');
    buffer.dispose(buffer.take(2));
    expect(delivery.state).toBe('acked');
    expect(buffer.size).toBe(0);
  });

  it('hands out hints in the order they came', () => {
    const buffer = new HintBuffer();
    buffer.add(new FakeDelivery(), hints('a', 'b'), knows, 0);
    buffer.add(new FakeDelivery(), hints('c'), knows, 1);
    expect(buffer.take(3).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('answers hints that cannot be run, and waits for them to be disposed of', () => {
    const buffer = new HintBuffer();
    const delivery = new FakeDelivery();
    const refused = buffer.add(delivery, hints('a', 'x1'), knows, 0);
    buffer.dispose(buffer.take(5));
    expect(delivery.state).toBe('held');
    buffer.dispose(refused);
    expect(delivery.state).toBe('acked');
  });

  it('acks a message without hints', () => {
    const delivery = new FakeDelivery();
    new HintBuffer().add(delivery, [], knows, 0);
    expect(delivery.state).toBe('acked');
  });

  it('tells messages that can go back whole from those that were begun', () => {
    const buffer = new HintBuffer();
    const [begun, untouched] = [new FakeDelivery(), new FakeDelivery()];
    buffer.add(begun, hints('a', 'b'), knows, 0);
    buffer.add(untouched, hints('c', 'd'), knows, 0);
    buffer.take(1);
    const { whole, parts } = buffer.clear();
    expect(whole).toEqual([untouched]);
    expect(parts.map(({ id }) => id)).toEqual(['b']);
    expect(buffer.size).toBe(0);
  });

  it('knows how long the oldest hint has waited', () => {
    const buffer = new HintBuffer();
    expect(buffer.oldestWaitMs(500)).toBe(0);
    buffer.add(new FakeDelivery(), hints('a'), knows, 100);
    expect(buffer.oldestWaitMs(500)).toBe(400);
  });
});

describe('looking ahead', () => {
  it('holds nothing beyond the free slots while jobs are long', () => {
    expect(hintsAhead({ slots: 10, endedLately: 1 })).toBe(0);
    expect(prefetchFor({ slots: 10, free: 3, endedLately: 0, hintsPerMessage: 1 })).toBe(3);
  });

  it('holds two rounds at most, counted in messages', () => {
    expect(hintsAhead({ slots: 200, endedLately: 100_000 })).toBe(400);
    expect(prefetchFor({ slots: 200, free: 0, endedLately: 100_000, hintsPerMessage: 50 })).toBe(8);
    expect(prefetchFor({ slots: 10, free: 0, endedLately: 1_000, hintsPerMessage: 50 })).toBe(4);
  });

  it('counts what happened in the last quarter of a second', () => {
    const turnover = new Turnover();
    for (let at = 0; at < 250; at += 10) turnover.add(at);
    expect(turnover.count(249)).toBe(25);
    expect(turnover.count(300)).toBe(15);
    expect(turnover.count(10_000)).toBe(0);
  });
});
