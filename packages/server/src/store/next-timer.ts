import type { Queryable, Statement } from '@cloudtask/core/database/database';

/** What (`what`) the passing of time alone brings about next. */
export interface NextTimer {
  what: 'retry' | 'schedule' | 'delayed job';
  /** By the time of the platform. */
  at: Date;
  /** From now; 0 when it is due already. */
  byMs: number;
}

/** Undefined when nothing waits for a time. Paused schedules do not. */
export async function readNextTimer(db: Queryable): Promise<NextTimer | undefined> {
  const [row] = await db.query<NextTimer>(NEXT, []);
  return row && { ...row, byMs: Math.max(0, row.byMs) };
}

const NEXT: Statement = {
  name: 'next_timer_of_any_kind',
  text: `
  select what, at, ceil(extract(epoch from at - cloudtask.clock()) * 1000)::float8 as "byMs"
    from ((select case s.status when 'RETRYING' then 'retry' else 'delayed job' end as what, t.due_at as at
             from cloudtask.timers t join cloudtask.job_states s on s.id = t.job_id
            where t.kind = 'due' and s.status in ('RETRYING', 'SCHEDULED')
            order by t.due_at limit 1)
          union all
          (select 'schedule', next_at from cloudtask.schedules
            where paused_at is null and next_at is not null order by next_at limit 1)) next
   order by at limit 1`,
};
