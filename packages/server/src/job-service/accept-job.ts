import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import { acceptedJob, acceptedJobAgain } from '@cloudtask/core/submission/accepted-job';
import { refuseMisfit } from '@cloudtask/core/submission/input-refused';
import type { JobRequest } from '@cloudtask/core/submission/job-request';
import type { Submitted } from '@cloudtask/core/submission/store-jobs';
import type { SubmitJobBody } from '@cloudtask/core/submission/submit-schema';
import { toJobRequest } from '@cloudtask/core/submission/to-job-request';
import { warnOfNoWorker } from '@cloudtask/core/submission/warn-of-no-worker';
import { asSubmit, startSubmitSpan, submittedAttributes } from '@cloudtask/core/tracing/submit-span';
import type { Job, Json } from '@cloudtask/sdk/contract';
import type { JobServiceParts } from './parts.ts';
import { ApiProblem, keyReused } from './problem.ts';

type Parts = Pick<
  JobServiceParts,
  'submitter' | 'reader' | 'clock' | 'settings' | 'metrics' | 'types' | 'broker' | 'lookAgain'
>;

export interface Asked {
  userId: string;
  body: SubmitJobBody;
  idempotencyKey?: string | undefined;
  /** Of whoever asks; well-formed. */
  traceparent?: string | undefined;
}

export interface Acceptance {
  job: Job;
  isReplay: boolean;
  /** Another job has its unique key; `job` is that one, as it is now. */
  isDuplicate?: true;
}

/** From a well-formed body to a job that is durable. */
export function acceptJob(parts: Parts, asked: Asked): Promise<Acceptance> {
  const span = startSubmitSpan(parts.broker.system, asked.traceparent);
  if (!span) return accept(parts, asked);
  return asSubmit(span, async () => {
    const acceptance = await accept(parts, { ...asked, traceparent: span.traceparent });
    span.set(submittedAttributes(acceptance.job));
    return acceptance;
  });
}

async function accept(parts: Parts, asked: Asked): Promise<Acceptance> {
  const startedAt = performance.now();
  await parts.lookAgain([asked.body]);
  const request = readRequest(parts, asked);
  const submitted = await parts.submitter.submit(request);
  observe(parts, [request.type], startedAt);
  return await toAcceptance(parts, { asked, request }, submitted);
}

/** Checks what the schema could not, and what depends on the workers. */
export function readRequest(parts: Parts, asked: Asked): JobRequest {
  const known = parts.types.get(asked.body.type);
  const request = toJobRequest({ ...asked, defaults: known?.defaults, nowMs: parts.clock.now() });
  if (parts.settings.strictTypes && noWorker(parts, request)) {
    throw new ApiProblem(
      'JOB_TYPE_UNKNOWN',
      `No live worker handles ${JSON.stringify(request.type)} in queue ${JSON.stringify(request.queue)}.`,
      {
        issues: [{ path: '/type', message: 'is handled by no live worker' }],
      },
    );
  }
  refuseMisfit(known?.checkPayload(asked.body.payload ?? null) ?? []);
  // Added here, after the request was hashed for its key: asked again, it comes with another trace.
  return asked.traceparent === undefined ? request : { ...request, traceparent: asked.traceparent };
}

export interface Read {
  asked: Asked;
  request: JobRequest;
}

export async function toAcceptance(parts: Parts, { asked, request }: Read, submitted: Submitted): Promise<Acceptance> {
  switch (submitted.outcome) {
    case 'stored':
      // A body that was parsed from JSON is JSON.
      return {
        job: warned(parts, request, acceptedJob(request, (asked.body.payload ?? null) as Json, submitted)),
        isReplay: false,
      };
    case 'replayed':
      return {
        job: warned(parts, request, acceptedJobAgain(await known(parts, asked.userId, submitted.id))),
        isReplay: true,
      };
    case 'duplicate':
      return {
        job: toJob(await known(parts, asked.userId, submitted.id)),
        isReplay: submitted.isReplay,
        isDuplicate: true,
      };
    case 'unique_conflict':
      throw uniqueConflict(request, submitted);
    case 'key_reused':
      throw keyReused();
    case 'refused':
      throw submitted.error;
  }
}

async function known({ reader }: Parts, userId: string, id: string): Promise<JobRow> {
  const row = await reader.read({ userId, id });
  if (!row) throw new ApiProblem('JOB_NOT_FOUND', `The job ${id} of this key is gone.`);
  return row;
}

function uniqueConflict({ unique, onConflict }: JobRequest, { id, status }: { id: string; status: string }) {
  const why = onConflict === 'replace' ? 'and runs already, so it is not replaced' : `and is ${status}`;
  return new ApiProblem('UNIQUE_CONFLICT', `The job ${id} has the unique key ${JSON.stringify(unique?.key)} ${why}.`, {
    issues: [{ path: '/unique/key', message: `is taken by the job ${id}` }],
  });
}

function warned(parts: Parts, request: JobRequest, job: Job): Job {
  return noWorker(parts, request) ? warnOfNoWorker(job) : job;
}

function noWorker({ submitter }: Parts, { queue, type }: JobRequest): boolean {
  return submitter.gauge.capacity(queue)?.types.has(type) !== true;
}

export function observe({ metrics, submitter }: Parts, types: Iterable<string>, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const labels = new Set([...types].map((type) => (submitter.gauge.isKnownType(type) ? type : 'other')));
  for (const type of labels) metrics.jobsCreatedSeconds.observe({ type }, seconds);
}
