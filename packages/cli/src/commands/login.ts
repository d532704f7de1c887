import { keepSession, readAccount, signInFlags } from '../account/sign-in.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';

export default class Login extends CloudTaskCommand {
  static override summary = 'sign in';
  static override description =
    'Keeps a session for the profile and renews it by itself. There is no --password: arguments can be seen by others.';
  static override examples = [
    '<%= config.bin %> login',
    'printf %s "$PASSWORD" | <%= config.bin %> login --url https://jobs.example.com --email ci@example.com --password-stdin -q',
  ];
  static override flags = signInFlags;

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Login);
    const { surroundings } = this;
    const { url, profile } = this.settings(flags, { mayBeNew: true });
    const account = await readAccount({ flags, out, surroundings }, { again: false });
    const session = await this.connect({ url }).auth.login(account);
    await keepSession({ out, surroundings }, { profile, url, session, done: 'Signed in as' });
  }
}
