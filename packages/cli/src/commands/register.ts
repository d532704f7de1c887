import { toStored } from '@cloudtask/sdk/node/session-slot';
import { chooseStore, keepSession, readAccount, signInFlags } from '../account/sign-in.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { printsNothing } from '../requests/own-requests.ts';

export default class Register extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'create an account and sign in';
  static override examples = [
    '<%= config.bin %> register',
    'printf %s "$PASSWORD" | <%= config.bin %> register --email ada@example.com --password-stdin',
  ];
  static override flags = signInFlags;
  static override requests = printsNothing('Its request holds the password, which belongs on no command line.');

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Register);
    const { surroundings } = this;
    const { url, profile } = this.server(flags);
    const store = chooseStore(flags, { profile, surroundings });
    const account = await readAccount({ flags, out, surroundings }, { again: true });
    const session = await this.connect({ url }).auth.register(account);
    const stored = toStored(url, session);
    await keepSession({ out, surroundings }, { profile, stored, store, done: 'Account created. Signed in as' });
    out.next('cloudtask submit sleep seconds=5 --wait');
  }
}
