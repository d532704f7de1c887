import { basename } from 'node:path';
import { Args } from '@oclif/core';
import { usageError } from '../cli-error.ts';
import { closest } from '../closest.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../completion-scripts.ts';

export default class Completion extends CloudTaskCommand {
  static override summary = 'print the completion script of a shell';
  static override description =
    'It completes commands, flags, statuses, and the names of profiles, types, queues and schedules. No file of yours is changed.';
  static override examples = [
    'source <(<%= config.bin %> completion bash)          # in ~/.bashrc',
    'source <(<%= config.bin %> completion zsh)           # in ~/.zshrc, after compinit',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/cloudtask.fish',
  ];
  static override args = { shell: Args.string({ description: 'bash, zsh or fish', ignoreStdin: true }) };

  override async run(): Promise<void> {
    const { args, out } = await this.begin(Completion);
    const wanted = args.shell ?? basename(this.surroundings.env['SHELL'] ?? '');
    const shell = SHELLS.find((each) => each === wanted);
    if (shell === undefined) {
      const meant = closest(wanted, SHELLS);
      throw usageError(wanted === '' ? 'which shell?' : `there is no completion for ${wanted}`, {
        why: meant === undefined ? `It is one of ${SHELLS.join(', ')}.` : `Did you mean ${meant}?`,
      });
    }
    if (out.isData) out.data({ shell, script: COMPLETION_SCRIPTS[shell] });
    else if (out.mode !== 'none') out.answer(COMPLETION_SCRIPTS[shell]);
  }
}
