import type { Broker } from './broker.ts';
import { openMemoryBroker } from './memory.ts';
import type { RabbitMqOptions } from './rabbitmq.ts';

/** Chooses the adapter by the scheme of the URL. */
export async function openBroker(options: RabbitMqOptions): Promise<Broker> {
  const scheme = /^[a-z]+:/.exec(options.url)?.[0];
  switch (scheme) {
    case 'memory:':
      return openMemoryBroker({ logger: options.logger });
    case 'amqp:':
    case 'amqps:': {
      // Loaded here, because embedded needs no AMQP client and starts faster without one.
      const { openRabbitMq } = await import('./rabbitmq.ts');
      return await openRabbitMq(options);
    }
    default:
      throw new TypeError(`The broker URL must begin with amqp://, amqps:// or memory:, not with "${scheme ?? ''}"`);
  }
}
