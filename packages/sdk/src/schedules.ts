import { APIPromise } from './api-promise.ts';
import { type Caller, pathOf } from './calls.ts';
import type { Job } from './contract.ts';
import type { JobDefinition, PayloadOf } from './define-job.ts';
import type { KnownType, Lookup } from './job-types.ts';
import type { PagePromise } from './pages.ts';
import type { Answer, RequestOptions } from './request.ts';
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
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** The account's schedules, by name. Await it for one page (100, or `limit`), iterate it for all. */
  list({ limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<Schedule> {
    return this.#calls.list('schedules.list', '/schedules', { ...options, query: { limit } });
  }

  /** One schedule, with what became of its newest 20 slots. */
  get(schedule: string, options: RequestOptions = {}): APIPromise<ScheduleDetails> {
    return this.#calls.get('schedules.get', pathOf('schedules', schedule), options);
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
    return 'job' in schedule
      ? new APIPromise(this.#createOf(schedule, options))
      : this.#calls.post('schedules.create', '/schedules', { ...options, ...ONCE, body: schedule });
  }

  async #createOf({ job, ...schedule }: ScheduleOf<JobDefinition>, options: RequestOptions): Promise<Answer<Schedule>> {
    await validatePayload(job, schedule.payload);
    const body = { ...definedDefaults(job), ...schedule, type: job.type };
    return this.#calls.post<Schedule>('schedules.create', '/schedules', { ...options, ...ONCE, body }).withResponse();
  }

  /** Changes only what is given; null takes an option of its jobs back to its default. */
  update(schedule: string, changes: UpdateSchedule, options: RequestOptions = {}): APIPromise<Schedule> {
    return this.#calls.send('PATCH', 'schedules.update', pathOf('schedules', schedule), {
      ...options,
      ...AGAIN,
      body: changes,
    });
  }

  /** The jobs that it made stay. */
  delete(schedule: string, options: RequestOptions = {}): APIPromise<void> {
    return this.#calls.send('DELETE', 'schedules.delete', pathOf('schedules', schedule), { ...options, ...AGAIN });
  }

  /** It makes no jobs until it is resumed. Of one that is paused it changes the reason (at most 500 characters). */
  pause(schedule: string, { reason, ...options }: RequestOptions & { reason?: string } = {}): APIPromise<Schedule> {
    return this.#calls.act('schedules', schedule, 'pause', { ...options, ...AGAIN, body: { reason } });
  }

  /** `catchUp` says what becomes of the slots of the pause. Fine to repeat. */
  resume(schedule: string, options: RequestOptions = {}): APIPromise<Schedule> {
    return this.#calls.act('schedules', schedule, 'resume', { ...options, ...AGAIN });
  }

  /** Makes a job of it now, beside its slots, also while it is paused. Repeated with the same key it is the same job. */
  trigger(schedule: string, options: RequestOptions = {}): APIPromise<Job> {
    return this.#calls.act('schedules', schedule, 'trigger', { ...options, isKeyed: true });
  }

  /**
   * The next slots of a timing, and what clock changes do to them. Nothing is stored.
   *
   * @example
   * const { slots } = await ct.schedules.preview({ cron: '30 2 * * *', timezone: 'Europe/Berlin', count: 5 });
   */
  preview(timing: PreviewSchedule, options: RequestOptions = {}): APIPromise<SchedulePreview> {
    return this.#calls.post('schedules.preview', '/schedules/preview', { ...options, ...AGAIN, body: timing });
  }
}

/** Sending it twice does no harm. */
const AGAIN = { idempotent: true };
/** Not repeated after it may have arrived: the second one would say that the name is taken. */
const ONCE = { idempotent: false };
