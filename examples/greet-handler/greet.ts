import { defineHandler, FatalError } from '@cloudtask/sdk';

export default defineHandler({ type: 'greet', description: 'Greets by name.' }, async (payload, context) => {
  const { name } = (payload ?? {}) as { name?: unknown };
  // A payload without a name will not get better by trying again.
  if (typeof name !== 'string') throw new FatalError('the payload needs a "name"', { code: 'NO_NAME' });
  context.log.info('greeting', { name });
  return { text: `Hello ${name}` };
});
