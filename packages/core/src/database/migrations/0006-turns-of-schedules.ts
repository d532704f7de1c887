// Whose turn it is among schedules that make up for missed slots, and from where on slots are on time again after a pause.
export const sql = `
alter table cloudtask.schedules
  -- When a scheduler last decided slots of it. Null: never.
  add column turned_at timestamptz,
  -- The end of its newest pause: what came due before was missed.
  add column resumed_at timestamptz;
`;
