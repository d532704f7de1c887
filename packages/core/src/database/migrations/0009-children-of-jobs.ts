// The job whose handler made this one. Nearly always null, which takes no room in the row.
export const sql = `
alter table cloudtask.jobs
  -- No foreign key: a parent may be removed after its retention time, before its children are.
  add column parent_id uuid;
-- Jobs without a parent are not in it: a submit pays nothing for it.
create index jobs_by_parent on cloudtask.jobs (parent_id, id desc) where parent_id is not null;
`;
