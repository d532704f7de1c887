import { invalid } from '@cloudtask/core/submission/input-refused';
import { parseTime } from '@cloudtask/core/submission/strict-time';
import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { JobActionFilter } from '@cloudtask/sdk/failures-contract';
import { readFieldCondition } from '../store/field-condition.ts';
import type { JobFilter } from '../store/list-jobs.ts';
import { isUuid } from './uuid.ts';

/** A filter as people write it, in a query string or in a body. */
export interface AskedFilter extends Omit<JobActionFilter, 'status' | 'all'> {
  status?: string | string[];
  parent?: string;
  discarded?: boolean;
}

export interface FilterPlace {
  nowMs: number;
  /** Where the filter stands, for refusals: JSON pointer of its object, and what that is in. Default: the query. */
  path?: string;
  where?: 'query' | 'body';
}

export function toJobFilter(asked: AskedFilter, place: FilterPlace): JobFilter {
  return {
    status: statusesOf(asked.status, place),
    type: listed(asked.type),
    queue: listed(asked.queue),
    tag: asked.tag === undefined ? undefined : [asked.tag].flat(),
    q: asked.q,
    error: asked.error,
    field: asked.field === undefined ? undefined : conditionsOf([asked.field].flat(), place),
    worker: listed(asked.worker),
    minAttempt: asked.minAttempt,
    since: timeOf('since', asked.since, place),
    until: timeOf('until', asked.until, place),
    fingerprint: oneOrMany(listed(asked.fingerprint)),
    parent: asked.parent === undefined ? undefined : idOf('parent', asked.parent, place),
    ids: asked.ids && idsOf(asked.ids, place),
    discarded: asked.discarded,
  };
}

/** A list of one as that one: so it is stored with an action, and read by programs that know no several. */
function oneOrMany(texts: string[] | undefined): string | string[] | undefined {
  return texts?.length === 1 ? texts[0] : texts;
}

/** `a,b` and `?x=a&x=b` mean the same. */
export function listed(value: string | string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat().flatMap((each) => each.split(','));
}

function statusesOf(value: string | string[] | undefined, place: FilterPlace): JobStatus[] | undefined {
  return listed(value)?.map((text) => {
    const status = JOB_STATUSES.find((each) => each === text.toUpperCase());
    if (!status) throw refusal(place, 'status', `must be one of ${JOB_STATUSES.join(', ')}`);
    return status;
  });
}

/** A time, or a duration before now. */
export function timeOf(name: string, text: string | undefined, place: FilterPlace): Date | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) {
    return new Date(Math.max(0, place.nowMs - parseDuration(text as `${number}s`)));
  }
  const time = parseTime(text, place.nowMs);
  if (typeof time === 'string') throw refusal(place, name, time);
  return time;
}

function conditionsOf(fields: readonly string[], place: FilterPlace): readonly string[] {
  for (const field of fields) {
    const read = readFieldCondition(field);
    if (typeof read === 'string') throw refusal(place, 'field', read);
  }
  return fields;
}

function idsOf(ids: readonly string[], place: FilterPlace): string[] {
  const wrong = ids.findIndex((id) => !isUuid(id));
  if (wrong !== -1) throw refusal(place, `ids/${wrong}`, 'is not the id of a job');
  return ids.map((id) => id.toLowerCase());
}

function idOf(name: string, id: string, place: FilterPlace): string {
  if (!isUuid(id)) throw refusal(place, name, 'is not the id of a job');
  return id.toLowerCase();
}

function refusal({ path = '', where = 'query' }: FilterPlace, name: string, message: string) {
  return invalid([{ path: `${path}/${name}`, message }], where);
}
