import type { ControlChannel } from './rabbitmq-control.ts';
import type { Publisher } from './rabbitmq-publisher.ts';

/**
 * One message that nobody consumes, kept no longer than hints and reports are. When it is missing, the broker was restarted,
 * wiped, or is new, and they are gone too.
 *
 * Counted passively, so several replicas may ask at any time. Two that miss it at the same moment both plant it and
 * both answer yes; the queue keeps one. It is classic also where the others are quorum: a wipe loses it either way,
 * and only a classic queue counts a message as ready as soon as it is confirmed.
 */
export async function plantEpochIfMissing({
  control,
  publisher,
  prefix,
}: {
  control: ControlChannel;
  publisher: Publisher;
  prefix: string;
}): Promise<boolean> {
  const queue = `${prefix}cloudtask.epoch`;
  const { messageCount } = await control.run((channel) =>
    channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'classic', 'x-max-length': 1 } }),
  );
  if (messageCount > 0) return false;
  await publisher.publishTo({ exchange: '', queue }, Buffer.from('cloudtask'));
  return true;
}
