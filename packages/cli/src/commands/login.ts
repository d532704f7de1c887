import { toStored } from '@cloudtask/sdk/node/session-slot';
import { Flags } from '@oclif/core';
import { readApiToken, sessionOfToken } from '../account/api-token.ts';
import { chooseStore, keepSession, readAccount, refuseToken, signInFlags } from '../account/sign-in.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { printsNothing } from '../requests/own-requests.ts';

export default class Login extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'sign in';
  static override description =
    'Keeps a session for the profile and renews it by itself. With --token-stdin it keeps an API token, as tokens create makes them, once the server has taken it. --store keyring keeps it in the keyring of this system in place of a file, now and later: needs npm install @napi-rs/keyring, and never falls back on the file. There is no --password: arguments can be seen by others.';
  static override examples = [
    '<%= config.bin %> login',
    '<%= config.bin %> login --profile prod --store keyring',
    'printf %s "$PASSWORD" | <%= config.bin %> login --url https://jobs.example.com --email ci@example.com --password-stdin -q',
    'cat token | <%= config.bin %> login --url https://jobs.example.com --profile ci --token-stdin',
  ];
  static override flags = {
    ...signInFlags,
    'token-stdin': Flags.boolean({
      description: 'read an API token from stdin, and keep it',
      exclusive: ['email', 'password-stdin', 'password-file'],
    }),
  };
  static override requests = printsNothing('Its request holds the password, which belongs on no command line.');

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Login);
    const { surroundings } = this;
    const { url, profile } = this.server(flags);
    const store = chooseStore(flags, { profile, surroundings });
    if (flags['token-stdin']) {
      refuseToken(surroundings);
      const token = await readApiToken(surroundings);
      const stored = await sessionOfToken(this.connect({ url, auth: token }), token);
      return keepSession({ out, surroundings }, { profile, stored, store, done: 'The API token is one of' });
    }
    const account = await readAccount({ flags, out, surroundings }, { again: false });
    const session = await this.connect({ url }).auth.login(account);
    const stored = toStored(url, session);
    await keepSession({ out, surroundings }, { profile, stored, store, done: 'Signed in as' });
  }
}
