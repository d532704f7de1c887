import type { Check } from './situation.ts';

export const brokerAway: Check = ({ broker }) => {
  if (broker.up) return { code: 'BROKER_AWAY', ok: true, message: 'The broker is there.' };
  return {
    code: 'BROKER_AWAY',
    ok: false,
    message: `The broker cannot be reached from the job-service${broker.detail ? `: ${broker.detail}` : ''}.`,
    hint: 'Nothing is lost: workers hear of waiting jobs within seconds of its return.',
    verdict: 'blocked',
  };
};
