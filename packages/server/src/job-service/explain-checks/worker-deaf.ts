import { ableWorkers, type Check } from './situation.ts';
import { listed, span } from './wording.ts';

export const workerDeaf: Check = (situation) => {
  const able = ableWorkers(situation);
  if (able.length === 0) return undefined;
  const deaf = able.filter(({ deafSince }) => deafSince !== null);
  const [first] = deaf;
  if (!first?.deafSince) return { code: 'WORKER_DEAF', ok: true, message: 'The workers hear from the broker.' };
  const silentMs = situation.detail.now.getTime() - first.deafSince.getTime();
  const names = listed(deaf.map(({ name }) => name));
  return {
    code: 'WORKER_DEAF',
    ok: false,
    message: `Messages wait, and none has reached ${names} for ${span(silentMs)}: its consumers are being made anew.`,
    hint: 'If it does not end within a minute, look at the broker and restart the worker.',
    verdict: deaf.length === able.length ? 'blocked' : 'waiting',
  };
};
