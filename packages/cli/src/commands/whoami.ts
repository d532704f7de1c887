import { Flags } from '@oclif/core';
import { endOf } from '../account/api-token.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { signedOut } from '../errors/signed-out.ts';
import { printsReading } from '../requests/own-requests.ts';
import { printable } from '../views/printable.ts';

export default class Whoami extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show who is signed in, and where';
  static override examples = ['<%= config.bin %> whoami', '<%= config.bin %> whoami --profile prod --json'];
  static override flags = { offline: Flags.boolean({ description: 'do not ask the server' }) };
  static override requests = printsReading(/\/me$/, { offline: 'It asks no server.' });

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Whoami);
    const settings = this.settings(flags);
    const { url, profile, origin } = settings;
    const stored = settings.session?.read();
    if (settings.auth === undefined || (flags.offline && !stored)) throw signedOut(url);
    const user = flags.offline ? stored?.user : await this.connect(settings).auth.me();
    if (!user) throw signedOut(url);
    const account = { id: user.id, email: user.email };
    if (out.isData) {
      out.data({ profile, url, origin, user: account, expiresAt: stored ? endOf(stored) : null });
    } else if (out.mode === 'id') out.answer(account.id);
    else if (out.mode === 'plain') out.answer(account.email);
    else if (out.mode === 'human') {
      const from = settings.usesToken ? 'CLOUDTASK_TOKEN' : origin === 'dev' ? 'cloudtask dev' : `profile ${profile}`;
      out.answer(`${printable(account.email)}  ${out.style.dim(`${url} (${from})`)}`);
    }
  }
}
