import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findShell } from '../../completion/find-shell.ts';
import { carryOut, planCompletion } from '../../completion/install-completion.ts';
import { confirm } from '../../confirm.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';

export default class CompletionInstall extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'make your shell complete cloudtask';
  static override description =
    'Shows what it would write and where, and asks first. It is said how to undo it. A second run changes nothing.';
  static override examples = [
    '<%= config.bin %> completion install',
    '<%= config.bin %> completion install zsh --dry-run',
  ];
  static override args = {
    shell: Args.string({ description: 'bash, zsh, fish or powershell (default: yours)', ignoreStdin: true }),
  };
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
    'dry-run': Flags.boolean({ description: 'only show it' }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(CompletionInstall);
    const { surroundings } = this;
    const plan = await planCompletion(findShell(args.shell, surroundings), surroundings);
    const { shell, path, text, isThere, isWholeFile, undo } = plan;
    const isWritten = !isThere && !flags['dry-run'];
    if (!isThere) {
      out.say(`${isWholeFile ? 'The file' : 'A line at the end of'} ${path}:`);
      for (const line of text.trimEnd().split('\n')) out.say(`  ${out.sayStyle.dim(line)}`);
    }
    if (isWritten && !(await confirm({ out, surroundings }, { question: `Write to ${path}?`, yes: flags.yes }))) {
      out.say('Nothing was changed.');
      return this.exitWith(EXIT.other);
    }
    if (isWritten) await carryOut(plan);
    if (out.isData) out.data({ shell, path, text, isWritten, undo });
    else if (out.mode === 'human')
      out.answer(isThere ? `${path} has it already.` : isWritten ? 'Done.' : 'Nothing was changed.');
    else if (out.mode !== 'none') out.answer(path);
    if (isWritten) out.say(`  It counts in new shells. Undo: ${undo}`);
  }
}
