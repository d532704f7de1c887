import type { UpdateSchedule } from '@cloudtask/sdk/schedules-contract';
import { Type } from 'typebox';
import {
  deleteSchedule,
  listSchedules,
  readRecentSlots,
  readSchedule,
  type ScheduleRow,
} from '../../store/schedules.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../auth/caller.ts';
import { changeSchedule, makeSchedule } from '../define-schedule.ts';
import { nextLink } from '../http/next-link.ts';
import type { JobServiceParts } from '../parts.ts';
import { previewSchedule } from '../preview-schedule.ts';
import { scheduleNotFound } from '../problem.ts';
import { readPage } from '../read-page.ts';
import { answers, refTo } from '../schemas/answers.ts';
import {
  CreateScheduleSchema,
  MAX_SCHEDULE_PAGE,
  PreviewScheduleSchema,
  ScheduleDetailsSchema,
  SchedulePageSchema,
  SchedulePreviewSchema,
  UpdateScheduleSchema,
} from '../schemas/schedule-schema.ts';
import { showSchedule, showSlot } from '../show-schedule.ts';
import { refOf } from './schedule-ref.ts';

const tags = ['schedules'];
const LIST = 'schedules';
const RECENT_SLOTS = 20;

/** Schedules as things; what can be done with one is in `schedule-acts.ts`. */
export function scheduleRoutes(app: App, parts: JobServiceParts): void {
  const { database, cursors, logger } = parts;

  app.post(
    '/schedules',
    {
      config: { needs: 'schedules:write' },
      schema: {
        tags,
        summary: 'Make a schedule',
        description:
          'It makes a job at each of its slots. The members of POST /jobs but delay and runAt are for its jobs.',
        body: CreateScheduleSchema,
        response: answers({ 201: refTo('Schedule') }),
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const schedule = await makeSchedule(parts, { userId, body: request.body });
      logger.info({ userId, scheduleId: schedule.id, schedule: schedule.name }, 'schedule made');
      return reply.code(201).header('location', `/schedules/${schedule.id}`).send(showSchedule(schedule));
    },
  );

  app.get(
    '/schedules',
    {
      config: { needs: 'schedules:read' },
      schema: {
        tags,
        summary: 'Your schedules, by name',
        querystring: SchedulePageSchema,
        response: answers({ 200: Type.Array(refTo('Schedule')) }),
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { limit = MAX_SCHEDULE_PAGE, cursor } = request.query;
      const { rows, nextCursor } = await readPage<ScheduleRow>(
        cursors,
        { userId, list: LIST, limit, cursor, placeOf: ({ name }) => name },
        (from) => listSchedules(database, { userId, ...from }),
      );
      if (nextCursor !== undefined) reply.header('link', nextLink(request.url, nextCursor));
      return reply.send(rows.map(showSchedule));
    },
  );

  app.get(
    '/schedules/:id',
    {
      config: { needs: 'schedules:read' },
      schema: {
        tags,
        summary: 'A schedule, with what became of its newest slots',
        description: 'Everywhere here a schedule is named by its id or its name.',
        response: answers({ 200: ScheduleDetailsSchema }),
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      const schedule = await readSchedule(database, ref);
      if (!schedule) throw scheduleNotFound(ref.ref);
      const recentSlots = (await readRecentSlots(database, schedule.id, RECENT_SLOTS)).map(showSlot);
      return reply.send({ ...showSchedule(schedule), recentSlots });
    },
  );

  app.patch(
    '/schedules/:id',
    {
      config: { needs: 'schedules:write' },
      schema: {
        tags,
        summary: 'Change a schedule',
        description:
          'Only what is given; null takes an option of its jobs back to its default. When its times change, it goes on with the first of the new ones after now.',
        body: UpdateScheduleSchema,
        response: answers({ 200: refTo('Schedule') }),
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      // The same members; the schema has checked their values.
      const schedule = await changeSchedule(parts, { ...ref, changes: request.body as UpdateSchedule });
      logger.info({ userId: ref.userId, scheduleId: schedule.id, schedule: schedule.name }, 'schedule changed');
      return reply.send(showSchedule(schedule));
    },
  );

  app.delete(
    '/schedules/:id',
    {
      config: { needs: 'schedules:write' },
      schema: {
        tags,
        summary: 'Delete a schedule',
        description: 'The jobs that it made stay.',
        response: answers({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      if (!(await deleteSchedule(database, ref))) throw scheduleNotFound(ref.ref);
      logger.info({ userId: ref.userId, schedule: ref.ref }, 'schedule deleted');
      return reply.code(204).send();
    },
  );

  app.post(
    '/schedules/preview',
    {
      config: { needs: 'schedules:read' },
      schema: {
        tags,
        summary: 'The next slots of a timing, and what clock changes do to them',
        body: PreviewScheduleSchema,
        response: answers({ 200: SchedulePreviewSchema }),
      },
    },
    async (request, reply) => reply.send(previewSchedule(parts, request.body)),
  );
}
