import type { Queryable, Statement } from '../database/database.ts';

/** The duty whose watermark says up to which time of submission lost hints have been looked for. */
export const HINT_SWEEP_DUTY = 'rescue-hints';

/**
 * Several schedulers share the periodic duties: whoever holds a duty does it, the others look again later. This only
 * saves work; every duty stays correct when two do it at once (after a pause, or a holder that is slow).
 */
export async function holdDuty(
  db: Queryable,
  { name, holder, holdMs }: { name: string; holder: string; holdMs: number },
): Promise<{ watermark: Date | null } | null> {
  const [row] = await db.query<{ watermark: Date | null }>(HOLD, [name, holder, holdMs]);
  return row ?? null;
}

/** How far a sweep has come; never goes back. */
export async function advanceDuty(
  db: Queryable,
  { name, watermark }: { name: string; watermark: Date },
): Promise<void> {
  await db.query(ADVANCE, [name, watermark]);
}

const HOLD: Statement = {
  name: 'hold_duty',
  text: `
  insert into cloudtask.duties as d (name, holder, held_until)
  values ($1, $2::uuid, cloudtask.clock() + $3 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
   where d.holder = excluded.holder or d.held_until < cloudtask.clock()
  returning watermark`,
};

const ADVANCE: Statement = {
  name: 'advance_duty',
  text: `
  update cloudtask.duties set watermark = $2 where name = $1 and (watermark is null or watermark < $2)`,
};
