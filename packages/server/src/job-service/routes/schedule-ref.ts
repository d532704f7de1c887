import type { FastifyRequest } from 'fastify';
import type { ScheduleRef } from '../../store/schedules.ts';
import { callerOf } from '../auth/caller.ts';

/** Which schedule an address is about. What can be no name and no id finds none; NUL the database would refuse. */
export function refOf(request: FastifyRequest): ScheduleRef {
  const { id } = request.params as { id: string }; // the route's own placeholder
  return { userId: callerOf(request).userId, ref: id.replaceAll('\0', ' ') };
}
