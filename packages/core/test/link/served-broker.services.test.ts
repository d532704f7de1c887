import { expect, it } from 'vitest';
import { describeServices } from '../../../../test/support/services.ts';
import { ServedBroker } from '../../src/link/served-broker.ts';
import { openTestRabbitMq } from '../broker/test-rabbitmq.ts';

describeServices('a broker behind a link', ['rabbitmq'], ({ rabbitmq }) => {
  const queue = 'jobs.created';
  const options = { prefetch: 1 };

  it('keeps no consumer that the other side let go of while it was being made', async () => {
    const { broker } = await openTestRabbitMq(rabbitmq);
    const served = new ServedBroker(broker, () => {});
    const consuming = served.answer({ op: 'consume', consumer: 1, queue, options });
    await served.answer({ op: 'end-consumer', consumer: 1 });
    await consuming;
    expect((await broker.depth(queue)).consumers).toBe(0);
  });

  it('keeps none either when the link ends meanwhile', async () => {
    const { broker } = await openTestRabbitMq(rabbitmq);
    const served = new ServedBroker(broker, () => {});
    const consuming = served.answer({ op: 'consume', consumer: 1, queue, options });
    await served.close();
    await consuming;
    expect((await broker.depth(queue)).consumers).toBe(0);
  });
});
