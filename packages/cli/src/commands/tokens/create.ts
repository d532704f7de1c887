import { API_TOKEN_SCOPES, type NewApiToken } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { durationFlag } from '../../duration-flag.ts';
import { printsChanges } from '../../requests/own-requests.ts';

export default class TokensCreate extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'make an API token for a program';
  static override description =
    'The token is the answer, and is shown this once: the server keeps only what it needs to know it again. The program gets it as CLOUDTASK_TOKEN. A scope that ends in write includes read.';
  static override examples = [
    '<%= config.bin %> tokens create ci --scope jobs:write --expires 90d',
    'gh secret set CLOUDTASK_TOKEN --body "$(<%= config.bin %> tokens create ci --scope jobs:write)"',
  ];
  static override aliases = ['auth:tokens:create'];
  static override args = { name: Args.string({ description: 'what it is for', required: true, ignoreStdin: true }) };
  static override flags = {
    scope: Flags.option({
      description: 'what it may do; may be given several times',
      options: API_TOKEN_SCOPES,
      multiple: true,
      required: true,
    })({ multipleNonGreedy: true }),
    expires: durationFlag({ description: 'for how long it is good (default: it never expires)' }),
  };
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(TokensCreate);
    const { scope: scopes, expires } = flags;
    const body = { name: args.name, scopes, ...(expires !== undefined && { expiresIn: expires }) };
    const made = await this.client(flags).request<NewApiToken>('POST', '/auth/tokens', { body });
    if (out.isData) out.data(made);
    else if (out.mode === 'id') out.answer(made.id);
    else if (out.mode !== 'none') out.answer(made.token);
    if (out.mode !== 'human') return;
    const end = made.expiresAt === null ? 'never expires' : `is good until ${made.expiresAt}`;
    out.say(`  Shown this once. It may do ${made.scopes.join(', ')} and ${end}.`);
    out.next(`cloudtask tokens revoke ${made.name}`);
  }
}
