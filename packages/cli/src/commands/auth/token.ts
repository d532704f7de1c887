import { endOf } from '../../account/api-token.ts';
import { currentToken } from '../../account/current-token.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { signedOut } from '../../errors/signed-out.ts';
import { printsNothing } from '../../requests/own-requests.ts';

export default class AuthToken extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'print the access token, for curl and other programs';
  static override description =
    'The bare token is the answer; one that is over is renewed first, and the server is asked for nothing else. It is a secret and good for a short while: a program that stays gets a token of its own with tokens create.';
  static override examples = [
    'curl -H "authorization: Bearer $(<%= config.bin %> auth token)" http://localhost:8080/jobs',
    '<%= config.bin %> auth token --profile prod --json',
  ];
  static override requests = printsNothing(
    'It reads the session that is kept here, and renews it by a token that is shown nowhere.',
  );

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(AuthToken);
    const { url, auth, session } = this.settings(flags);
    const current = await currentToken(this.connect({ url }), auth);
    if (current === null) throw signedOut(url);
    const { token } = current;
    const stored = session?.read();
    if (out.isData) out.data({ token, expiresAt: stored ? endOf(stored) : null });
    else if (out.mode !== 'none') out.answer(token);
    if (this.surroundings.stdout.isTTY && out.mode !== 'none')
      out.say('  This is a secret: whoever has it acts as you. It stays in the scrollback of this terminal.');
  }
}
