import { APIPromise, startCall } from './api-promise.ts';
import type { Job } from './contract.ts';
import type { JobDefinition, PayloadOf } from './define-job.ts';
import type { KnownType, Lookup } from './job-types.ts';
import { listOf, type PagePromise } from './pages.ts';
import { randomId } from './random-id.ts';
import type { Answer, Call, Requester, RequestOptions } from './request.ts';
import type {
  CreateSchedule,
  PreviewSchedule,
  Schedule,
  ScheduleDetails,
  SchedulePreview,
  UpdateSchedule,
} from './schedules-contract.ts';
import { definedDefaults } from './submit-body.ts';
import { validatePayload } from './validate-payload.ts';

/** A schedule of jobs of a definition, whose defaults hold where the schedule says nothing. */
export type ScheduleOf<D extends JobDefinition> = Omit<CreateSchedule, 'type' | 'payload'> & {
  job: D;
  payload: PayloadOf<D>;
};
/** A schedule of jobs of a type that is named; any JSON for one that the client does not know. */
export type ScheduleByType<M, Type extends string> = Omit<CreateSchedule, 'type' | 'payload'> & {
  type: Type;
  payload?: PayloadOf<Lookup<M, Type>>;
};

/**
 * What makes jobs by cron or at equal distances. A schedule is named by its id or its name. `M` are the job types that the
 * client knows by name.
 */
export class Schedules<M = object> {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** The account's schedules, by name. Await it for one page (100, or `limit`), iterate it for all. */
  list({ limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<Schedule> {
    const call = { operation: 'schedules.list', method: 'GET', path: '/schedules', query: { limit } } as const;
    return listOf(this.#requester, { ...options, ...call });
  }

  /** One schedule, with what became of its newest 20 slots. */
  get(schedule: string, options: RequestOptions = {}): APIPromise<ScheduleDetails> {
    const call = { operation: 'schedules.get', method: 'GET', path: pathOf(schedule) } as const;
    return startCall(this.#requester, { ...options, ...call });
  }

  /**
   * Makes a schedule. Throws `ConflictError` when the account has one of that name.
   *
   * @example
   * await ct.schedules.create({
   *   name: 'daily-report',
   *   job: sendReport,
   *   payload: { to: 'ada@example.com' },
   *   cron: '0 9 * * mon-fri',
   *   timezone: 'Europe/Berlin',
   * });
   */
  create<D extends JobDefinition>(schedule: ScheduleOf<D>, options?: RequestOptions): APIPromise<Schedule>;
  create<Type extends KnownType<M>>(schedule: ScheduleByType<M, Type>, options?: RequestOptions): APIPromise<Schedule>;
  create(
    schedule: ScheduleOf<JobDefinition> | ScheduleByType<object, string>,
    options: RequestOptions = {},
  ): APIPromise<Schedule> {
    // Not repeated after it may have arrived: the second one would say that the name is taken.
    const call: Call = { ...options, operation: 'schedules.create', method: 'POST', path: '/schedules' };
    if (!('job' in schedule)) return startCall(this.#requester, { ...call, body: schedule });
    return new APIPromise(this.#createOf(schedule, call));
  }

  async #createOf({ job, ...schedule }: ScheduleOf<JobDefinition>, call: Call): Promise<Answer<Schedule>> {
    await validatePayload(job, schedule.payload);
    const body = { ...definedDefaults(job), ...schedule, type: job.type };
    return this.#requester.json<Schedule>({ ...call, body });
  }

  /** Changes only what is given; null takes an option of its jobs back to its default. */
  update(schedule: string, changes: UpdateSchedule, options: RequestOptions = {}): APIPromise<Schedule> {
    const call = { operation: 'schedules.update', method: 'PATCH', path: pathOf(schedule), body: changes } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }

  /** The jobs that it made stay. */
  delete(schedule: string, options: RequestOptions = {}): APIPromise<void> {
    const call = { operation: 'schedules.delete', method: 'DELETE', path: pathOf(schedule) } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }

  /** It makes no jobs until it is resumed. Of one that is paused it changes the reason (at most 500 characters). */
  pause(schedule: string, { reason, ...options }: RequestOptions & { reason?: string } = {}): APIPromise<Schedule> {
    const body = reason === undefined ? {} : { reason };
    const call = { operation: 'schedules.pause', method: 'POST', path: `${pathOf(schedule)}/pause`, body } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }

  /** `catchUp` says what becomes of the slots of the pause. Fine to repeat. */
  resume(schedule: string, options: RequestOptions = {}): APIPromise<Schedule> {
    const call = { operation: 'schedules.resume', method: 'POST', path: `${pathOf(schedule)}/resume` } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }

  /** Makes a job of it now, beside its slots, also while it is paused. Repeated with the same key it is the same job. */
  trigger(schedule: string, options: RequestOptions = {}): APIPromise<Job> {
    const call = { operation: 'schedules.trigger', method: 'POST', path: `${pathOf(schedule)}/trigger` } as const;
    return startCall(this.#requester, { ...options, ...call, idempotencyKey: options.idempotencyKey ?? randomId() });
  }

  /**
   * The next slots of a timing, and what clock changes do to them. Nothing is stored.
   *
   * @example
   * const { slots } = await ct.schedules.preview({ cron: '30 2 * * *', timezone: 'Europe/Berlin', count: 5 });
   */
  preview(timing: PreviewSchedule, options: RequestOptions = {}): APIPromise<SchedulePreview> {
    const call = { operation: 'schedules.preview', method: 'POST', path: '/schedules/preview', body: timing } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }
}

function pathOf(schedule: string): string {
  return `/schedules/${encodeURIComponent(schedule)}`;
}
