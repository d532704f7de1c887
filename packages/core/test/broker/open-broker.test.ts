import { describe, expect, it } from 'vitest';
import { openBroker } from '../../src/broker/open-broker.ts';

const open = (url: string) => openBroker({ url, connectionName: 'test', queueType: 'classic' });

describe('the broker URL', () => {
  it('chooses the in-process adapter with memory:', async () => {
    const broker = await open('memory:');
    expect(broker.health).toEqual({ up: true });
    await broker.close();
  });

  it.each(['http://user:secret@host', 'nonsense', ''])(
    'is refused when it is %j, without repeating it',
    async (url) => {
      await expect(open(url)).rejects.toThrow('must begin with amqp://');
      await expect(open(url)).rejects.not.toThrow('secret');
    },
  );

  it.each(['amqp://', 'amqp:nonsense'])('is refused when it is %j', async (url) => {
    await expect(open(url)).rejects.toThrow('must look like amqp://');
  });
});
