import { readProfiles } from '@cloudtask/sdk/node/profiles';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { commandTree } from '../command-tree.ts';
import { type CompletionNeed, completionNeed, startingWith } from '../completion/completions.ts';
import { fieldCompletions } from '../completion/field-completions.ts';
import { knownNames } from '../completion/known-names.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';
import { knownTypes } from '../schema/known-types.ts';
import { folderOf } from '../settings/profile.ts';

export default class Complete extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'words that may come next, for the completion scripts';
  static override hidden = true;
  static override strict = false;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Complete);
    const need = completionNeed(commandTree(this.config), words);
    for (const word of need.words) out.answer(word);
    const typed = words.at(-1) ?? '';
    for (const name of startingWith(typed, await this.#names(need, flags, typed))) out.answer(name);
  }

  async #names(need: CompletionNeed, flags: Parameters<Complete['client']>[0], typed: string): Promise<string[]> {
    const folder = folderOf(this.surroundings);
    if (need.names === 'profiles') return Object.keys(readProfiles(folder).profiles);
    if (need.names === undefined && need.fieldsOf === undefined) return [];
    const ct = this.client(flags);
    if (need.names !== undefined && need.names !== 'types') return knownNames({ ct, folder }, need.names);
    const types = knownTypes({ ct, folder }, { patience: '500ms' });
    if (need.fieldsOf !== undefined) return fieldCompletions((await types.find(need.fieldsOf))?.payloadSchema, typed);
    return (await types.all()).map(({ type }) => type);
  }
}
