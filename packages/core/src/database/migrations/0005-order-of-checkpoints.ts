// A statement may be committed after the one that was sent again in its place: the order of checkpoints must be in them.
export const sql = `
alter table cloudtask.checkpoints add column n integer not null default 0;
`;
