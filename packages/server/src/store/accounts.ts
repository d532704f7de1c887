import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';

export interface Account {
  id: string;
  email: string;
  passwordHash: string;
  tokenVersion: number;
  /** Granted; who is one by the settings is not seen here. */
  isOperator: boolean;
  createdAt: Date;
}

/** One account per address, however it is typed. */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

export interface NewAccount {
  id: string;
  email: string;
  passwordHash: string;
  /** The first account of all becomes an operator. */
  firstIsOperator: boolean;
}

/** The stored account, or undefined when the address has one already. */
export async function createAccount(
  db: Queryable,
  { id, email, passwordHash, firstIsOperator }: NewAccount,
): Promise<Account | undefined> {
  const [account] = await db.query<Account>(CREATE, [id, email, emailKey(email), passwordHash, firstIsOperator]);
  return account;
}

export async function findAccountByEmail({ kysely }: Database, email: string): Promise<Account | undefined> {
  return await accounts(kysely).where('email_key', '=', emailKey(email)).executeTakeFirst();
}

export async function findAccount({ kysely }: Database, userId: string): Promise<Account | undefined> {
  return await accounts(kysely).where('id', '=', userId).executeTakeFirst();
}

/** Replaces a hash of the same password by a better one; not when the password was changed meanwhile. */
export async function replaceHash({ kysely }: Database, userId: string, from: string, to: string): Promise<void> {
  await kysely
    .updateTable('cloudtask.users')
    .set({ password_hash: to })
    .where('id', '=', userId)
    .where('password_hash', '=', from)
    .execute();
}

/**
 * Stores a new password and raises the account's version, which ends everything that came from earlier logins. Undefined
 * when the version is another by now: the password was changed meanwhile.
 */
export async function changePassword(
  db: Queryable,
  { userId, tokenVersion, passwordHash }: { userId: string; tokenVersion: number; passwordHash: string },
): Promise<Account | undefined> {
  const [account] = await db.query<Account>(CHANGE_PASSWORD, [userId, tokenVersion, passwordHash]);
  return account;
}

/** False when no account has this address. */
export async function setOperator(
  db: Queryable,
  { email, isOperator }: { email: string; isOperator: boolean },
): Promise<boolean> {
  return (await db.query(SET_OPERATOR, [emailKey(email), isOperator])).length > 0;
}

function accounts(kysely: Database['kysely']) {
  return kysely
    .selectFrom('cloudtask.users')
    .select([
      'id',
      'email',
      'password_hash as passwordHash',
      'token_version as tokenVersion',
      'is_operator as isOperator',
      'created_at as createdAt',
    ]);
}

const COLUMNS = `
  id, email, password_hash as "passwordHash", token_version as "tokenVersion", is_operator as "isOperator",
  created_at as "createdAt"`;

const CREATE: Statement = {
  name: 'create_account',
  text: `
  insert into cloudtask.users (id, email, email_key, password_hash, is_operator, created_at)
  values ($1, $2, $3, $4, $5::boolean and not exists (select from cloudtask.users), cloudtask.clock())
  on conflict (email_key) do nothing
  returning ${COLUMNS}`,
};

const CHANGE_PASSWORD: Statement = {
  name: 'change_password',
  text: `
  update cloudtask.users set password_hash = $3, token_version = token_version + 1
   where id = $1 and token_version = $2
  returning ${COLUMNS}`,
};

const SET_OPERATOR: Statement = {
  name: 'set_operator',
  text: 'update cloudtask.users set is_operator = $2 where email_key = $1 returning id',
};
