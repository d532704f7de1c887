import type { BatchResult } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import { CloudTaskError, ValidationError } from './errors.ts';
import type { CreateManyResult, Item, ItemWithOptions, JobSettings, TypedJob } from './job-types.ts';
import { toSubmitJob } from './submit-body.ts';

/** The body of one of many; `key` is its idempotency key unless it has one of its own. */
export function toBatchItem<D extends JobDefinition>(job: D, item: Item<D>, options: JobSettings, key: string): object {
  if (!hasOwnOptions(item)) {
    return { ...toSubmitJob(job, item, options), idempotencyKey: key };
  }
  const { idempotencyKey = key, ...own } = item.options;
  return { ...toSubmitJob(job, item.payload, { ...options, ...own }), idempotencyKey };
}

function hasOwnOptions<D extends JobDefinition>(item: Item<D>): item is ItemWithOptions<D> {
  if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) return false;
  return 'payload' in item && 'options' in item && typeof item.options === 'object';
}

/** What became of one of many, as callers get it. */
export function toResult<D extends JobDefinition>(result: BatchResult, offset: number): CreateManyResult<D> {
  const index = offset + result.index;
  if (result.ok) return { ...result, index, job: result.job as unknown as TypedJob<D> };
  const { message, issues, ...about } = result.error;
  if (!issues) return { index, ok: false, error: new CloudTaskError(message, about) };
  const details = { ...about, status: 422, headers: new Headers(), body: null, issues };
  return { index, ok: false, error: new ValidationError(message, details) };
}
