// What interfaces show of a type beside its description: title, examples, what to mask. Read as a whole, never looked into.
export const sql = `
alter table cloudtask.job_types
  -- Null: registered by a worker that did not know of it.
  add column details json;
`;
