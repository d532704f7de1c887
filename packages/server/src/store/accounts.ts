import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';

export interface Account {
  id: string;
  email: string;
  passwordHash: string;
  tokenVersion: number;
  createdAt: Date;
}

/** One account per address, however it is typed. */
function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

export interface NewAccount {
  id: string;
  email: string;
  passwordHash: string;
}

/** The stored account, or undefined when the address has one already. */
export async function createAccount(
  db: Queryable,
  { id, email, passwordHash }: NewAccount,
): Promise<Account | undefined> {
  const [account] = await db.query<Account>(CREATE, [id, email, emailKey(email), passwordHash]);
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

function accounts(kysely: Database['kysely']) {
  return kysely
    .selectFrom('cloudtask.users')
    .select([
      'id',
      'email',
      'password_hash as passwordHash',
      'token_version as tokenVersion',
      'created_at as createdAt',
    ]);
}

const CREATE: Statement = {
  name: 'create_account',
  text: `
  insert into cloudtask.users (id, email, email_key, password_hash, created_at)
  values ($1, $2, $3, $4, cloudtask.clock())
  on conflict (email_key) do nothing
  returning id, email, password_hash as "passwordHash", token_version as "tokenVersion", created_at as "createdAt"`,
};
