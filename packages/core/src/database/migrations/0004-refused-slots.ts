// Slots whose job could not be submitted, and why. And the name of a column that says what it has come to hold.
export const sql = `
alter table cloudtask.schedule_slots
  drop constraint schedule_slots_outcome_check,
  add constraint schedule_slots_outcome_check check (outcome in ('fired', 'overlap', 'missed', 'refused')),
  -- Of a refused slot: the code of the refusal and its sentence.
  add column detail text;
-- The newest slot that made a job: what the next job is told as the slot before its own.
alter table cloudtask.schedules rename column last_slot to fired_slot;
`;
