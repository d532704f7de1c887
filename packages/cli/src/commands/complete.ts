import { readProfiles } from '@cloudtask/sdk/node/profiles';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { commandTree } from '../command-tree.ts';
import { completionNeed, startingWith } from '../completions.ts';
import { knownNames } from '../known-names.ts';
import { folderOf } from '../profile.ts';

export default class Complete extends CloudTaskCommand {
  static override summary = 'words that may come next, for the completion scripts';
  static override hidden = true;
  static override strict = false;

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Complete);
    const need = completionNeed(commandTree(this.config), words);
    for (const word of need.words) out.answer(word);
    if (need.names === undefined) return;
    const folder = folderOf(this.surroundings);
    const names =
      need.names === 'profiles'
        ? Object.keys(readProfiles(folder).profiles)
        : await knownNames({ ct: this.client(flags), folder }, need.names);
    for (const name of startingWith(words.at(-1) ?? '', names)) out.answer(name);
  }
}
