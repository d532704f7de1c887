// That somebody wants a worker to end what it runs, and then itself. Its heartbeat reads it; nearly always null.
export const sql = `
alter table cloudtask.workers
  -- Null: nobody does.
  add column drain_requested_at timestamptz,
  add column drain_reason text,
  add column drain_requested_by text;
`;
