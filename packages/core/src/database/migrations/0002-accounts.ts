// Accounts and their tokens. Only the job-service reads or writes these tables.
export const sql = `
create table cloudtask.users (
  id uuid primary key,
  email text not null,
  -- Lower case: one account per address however it is typed.
  email_key text not null unique,
  password_hash text not null,
  -- Part of every access token: raising it ends all of the account's sessions.
  token_version integer not null default 0,
  created_at timestamptz not null
);

-- A refresh token is used once. Using one again ends its whole family: somebody has a copy.
create table cloudtask.refresh_tokens (
  token_hash text primary key,
  user_id uuid not null references cloudtask.users on delete cascade,
  family_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index refresh_tokens_by_family on cloudtask.refresh_tokens (family_id);
create index refresh_tokens_by_expiry on cloudtask.refresh_tokens (expires_at);

-- Access tokens that were logged out before they expired, and the families they came from.
create table cloudtask.revoked_tokens (
  jti uuid primary key,
  expires_at timestamptz not null
);
create index revoked_tokens_by_expiry on cloudtask.revoked_tokens (expires_at);

-- Failed logins per account and per address; the column names are those of rate-limiter-flexible.
create table cloudtask.login_throttles (
  key text primary key,
  points integer not null default 0,
  expire bigint
);
`;
