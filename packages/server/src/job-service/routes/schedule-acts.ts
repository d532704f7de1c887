import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import { pauseSchedule, resumeSchedule } from '../../store/schedules.ts';
import type { App } from '../app-type.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import type { JobServiceParts } from '../parts.ts';
import { scheduleNotFound } from '../problem.ts';
import { answers, refTo } from '../schemas/answers.ts';
import { PauseScheduleSchema } from '../schemas/schedule-schema.ts';
import { showSchedule } from '../show-schedule.ts';
import { triggerSchedule } from '../trigger-schedule.ts';
import { refOf } from './schedule-ref.ts';

const tags = ['schedules'];
const config = { needs: 'schedules:write' } as const;

export function scheduleActRoutes(app: App, parts: JobServiceParts): void {
  const { database, logger } = parts;

  app.post(
    '/schedules/:id/pause',
    {
      config,
      schema: {
        tags,
        summary: 'Pause a schedule',
        description: 'It makes no jobs until it is resumed. Of one that is paused it changes the reason.',
        body: PauseScheduleSchema,
        response: answers({ 200: refTo('Schedule') }),
      },
    },
    async (request, reply) => {
      const reason = request.body?.reason ?? null;
      const issue = reason === null ? undefined : checkText(reason, '/reason');
      if (issue) throw invalid([issue]);
      const ref = refOf(request);
      const schedule = await pauseSchedule(database, { ...ref, reason });
      if (!schedule) throw scheduleNotFound(ref.ref);
      logger.info({ userId: ref.userId, scheduleId: schedule.id, schedule: schedule.name }, 'schedule paused');
      return reply.send(showSchedule(schedule));
    },
  );

  app.post(
    '/schedules/:id/resume',
    {
      config,
      schema: {
        tags,
        summary: 'Resume a schedule',
        description: 'The slots of the pause were missed: catchUp says what becomes of them. Fine to repeat.',
        response: answers({ 200: refTo('Schedule') }),
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      const schedule = await resumeSchedule(database, ref);
      if (!schedule) throw scheduleNotFound(ref.ref);
      logger.info({ userId: ref.userId, scheduleId: schedule.id, schedule: schedule.name }, 'schedule resumed');
      return reply.send(showSchedule(schedule));
    },
  );

  app.post(
    '/schedules/:id/trigger',
    {
      config,
      schema: {
        tags,
        summary: 'Make a job of the schedule now',
        description:
          'Beside its slots, also while it is paused. While its last job has not ended, onOverlap holds: skip and queue refuse. Idempotency-Key and 200 are as in POST /jobs.',
        response: answers({ 200: refTo('Job'), 201: refTo('Job') }),
      },
    },
    async (request, reply) => {
      const { traceparent } = request;
      const asked = { ...refOf(request), idempotencyKey: idempotencyKeyOf(request), traceparent };
      const { job, isReplay, isDuplicate } = await triggerSchedule(parts, asked);
      reply.code(isDuplicate ? 200 : 201).header('location', `/jobs/${job.id}`);
      if (isDuplicate) reply.header('unique-conflict', 'true');
      if (isReplay) reply.header('idempotency-replayed', 'true');
      return reply.send(job);
    },
  );
}
