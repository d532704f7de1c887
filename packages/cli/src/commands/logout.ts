import { AuthenticationError, CloudTask, CloudTaskError } from '@cloudtask/sdk';
import { type SessionSlot, storedSessionAuth } from '@cloudtask/sdk/node/session-slot';
import { Flags } from '@oclif/core';
import { isApiToken } from '../account/api-token.ts';
import { credentialsOf, keptSessions } from '../account/credentials.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import type { Output } from '../output/output.ts';
import { printsNothing } from '../requests/own-requests.ts';
import { folderOf } from '../settings/profile.ts';

export default class Logout extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'end the session';
  static override description = 'Ends it on the server if that can be reached, and forgets it here in any case.';
  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --all'];
  static override flags = { all: Flags.boolean({ description: 'the sessions of all profiles' }) };
  static override requests = printsNothing(
    'It forgets the session that is kept here, and ends it by a token that is shown nowhere.',
  );

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Logout);
    const folder = folderOf(this.surroundings);
    const names = flags.all ? keptSessions(folder).map(({ profile }) => profile) : [this.settings(flags).profile];
    const loggedOut: string[] = [];
    for (const name of names) {
      if (await endSession(credentialsOf(folder, name), out)) loggedOut.push(name);
    }
    if (out.isData) out.data({ loggedOut });
    else if (loggedOut.length === 0) out.say('Nobody was signed in.');
    else out.say(`Signed out: ${loggedOut.join(', ')}`);
  }
}

async function endSession(slot: SessionSlot, out: Output): Promise<boolean> {
  const stored = slot.read();
  if (!stored) return false;
  if (isApiToken(stored)) {
    out.say('The API token is forgotten here, and good until it is revoked: cloudtask tokens revoke NAME');
    await slot.clear();
    return true;
  }
  await using ct = new CloudTask({ url: stored.url, auth: storedSessionAuth(slot), maxRetries: 0, timeout: '5s' });
  try {
    await ct.auth.logout();
  } catch (error) {
    // A session that is over already needs no end.
    if (!(error instanceof CloudTaskError)) throw error;
    if (!(error instanceof AuthenticationError)) {
      out.warn(`The server does not know yet (${error.message}): the session ends there by itself when it expires.`);
    }
  }
  await slot.clear();
  return true;
}
