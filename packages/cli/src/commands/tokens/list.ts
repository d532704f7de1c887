import type { ApiToken } from '@cloudtask/sdk';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { answerList } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { tokenKind } from '../../views/token-kind.ts';

export default class TokensList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list your API tokens, and when each was used last';
  static override description =
    'The tokens themselves are shown once, when they are made. Needs a session: an API token may not do this.';
  static override examples = ['<%= config.bin %> tokens list'];
  static override aliases = ['tokens:ls', 'auth:tokens:list'];
  static override flags = fieldsFlag;
  static override requests = printsReading(/\/tokens$/);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(TokensList);
    const tokens = await this.client(flags).request<ApiToken[]>('GET', '/auth/tokens');
    answerList(out, tokens, tokenKind, { fields: flags.fields, none: 'No API tokens.' });
    if (tokens.length === 0) out.next('cloudtask tokens create ci --scope jobs:write --expires 90d');
  }
}
