import { describeServices } from '../../../../test/support/services.ts';
import { brokerConformance } from './broker.conformance.ts';
import { openTestRabbitMq } from './test-rabbitmq.ts';

describeServices('RabbitMQ', ['rabbitmq'], ({ rabbitmq }) => {
  brokerConformance('classic RabbitMQ', async () => (await openTestRabbitMq(rabbitmq)).broker);
  brokerConformance('quorum RabbitMQ', async () => (await openTestRabbitMq(rabbitmq, { queueType: 'quorum' })).broker);
});
