import type { ApiToken } from '@cloudtask/sdk';
import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { confirmFlag } from '../../guard-production.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { printsChanges } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

export default class TokensRevoke extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'end an API token';
  static override description = 'It is refused within 5 s everywhere.';
  static override examples = ['<%= config.bin %> tokens revoke ci'];
  static override aliases = ['tokens:rm', 'auth:tokens:revoke'];
  static override args = { token: Args.string({ description: 'name or id', required: true, ignoreStdin: true }) };
  static override flags = confirmFlag;
  static override requests = printsChanges();

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(TokensRevoke);
    const ct = this.client(flags);
    const tokens = await ct.request<ApiToken[]>('GET', '/auth/tokens');
    const nameOf = ({ name }: ApiToken) => name;
    const byId = tokens.find(({ id }) => id === args.token);
    const token = byId ?? findNamed(tokens, args.token, { what: 'token', nameOf, list: 'cloudtask tokens list' });
    await ct.request('DELETE', `/auth/tokens/${encodeURIComponent(token.id)}`);
    if (out.mode === 'plain') out.answer(token.id);
    else answerOne(out, token, revokedKind);
  }
}

const revokedKind: Kind<ApiToken> = {
  columns: [],
  id: ({ id }) => id,
  details: ({ name, hint }, look) => [`${mark('ok', look)} ${printable(name)} (${hint}…) is revoked`],
};
