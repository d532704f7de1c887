import type { Check } from './situation.ts';

export const payloadMisfit: Check = ({ job, payloadIssues }) => {
  if (payloadIssues === null) return undefined;
  if (payloadIssues.length === 0) {
    return { code: 'PAYLOAD_MISFIT', ok: true, message: `The payload fits the newest schema of ${job.type}.` };
  }
  const issues = payloadIssues.slice(0, 5).map(({ path, message }) => `${path} ${message}`);
  return {
    code: 'PAYLOAD_MISFIT',
    ok: false,
    message: `The payload does not fit the newest schema of ${job.type}: ${issues.join('; ')}.`,
    hint: 'It will end FAILED (INVALID_PAYLOAD) when it starts. Submit it anew, or deploy a handler that takes it.',
    command: `POST /jobs/${job.id}/cancel`,
  };
};
