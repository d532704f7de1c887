import { channel } from 'node:diagnostics_channel';
import type { RequestTrace } from '../request.ts';

const requests = channel('cloudtask:request');
const responses = channel('cloudtask:response');

/**
 * Tells whoever listens in this process of each attempt of a call: on `cloudtask:request` when it begins, and with the same
 * object on `cloudtask:response` when it ends, however it ends.
 */
export const diagnostics = {
  request(trace: RequestTrace): void {
    if (requests.hasSubscribers) requests.publish(trace);
  },
  response(trace: RequestTrace): void {
    if (responses.hasSubscribers) responses.publish(trace);
  },
};
