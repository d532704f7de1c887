// The trace that a job belongs to. Nearly always null, which takes no room in the row.
export const sql = `
alter table cloudtask.jobs
  -- W3C traceparent of the submit: what any later span of this job descends from.
  add column traceparent text;
`;
