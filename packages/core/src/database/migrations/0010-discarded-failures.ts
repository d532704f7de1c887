// A person's word that a failure needs nothing more. The job stays FAILED and listed; the list that asks for a look leaves it out.
export const sql = `
alter table cloudtask.failures
  add column discarded_at timestamptz,
  add column discard_reason text,
  add constraint failures_reason_of_discarded check (discard_reason is null or discarded_at is not null);
-- Either list is one part of it, in which the newest failure of a cause is one look away: behind a filter that would be a
-- look at each that was discarded since (20,000 of them: 0.5 s). Older programs read by failures_of_cause meanwhile.
drop index cloudtask.failures_by_cause;
create index failures_by_cause on cloudtask.failures
  (user_id, (discarded_at is not null), type, fingerprint, failed_at) include (discarded_at);

-- Programs that do not know these actions leave them to those that do.
alter table cloudtask.job_actions
  drop constraint job_actions_action_check,
  add constraint job_actions_action_check check (action in ('retry', 'cancel', 'discard', 'restore'));
`;
