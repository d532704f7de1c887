import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { COMPLETION_SCRIPTS } from '../completion/completion-scripts.ts';
import { findShell } from '../completion/find-shell.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';

export default class Completion extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'print the completion script of a shell';
  static override description =
    'It completes commands, flags, statuses, the names of profiles, types, queues and schedules, and the fields of a type. No file of yours is changed; completion install does that.';
  static override examples = [
    'source <(<%= config.bin %> completion bash)          # in ~/.bashrc',
    'source <(<%= config.bin %> completion zsh)           # in ~/.zshrc, after compinit',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/cloudtask.fish',
    '<%= config.bin %> completion install',
  ];
  static override args = { shell: Args.string({ description: 'bash, zsh, fish or powershell', ignoreStdin: true }) };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { args, out } = await this.begin(Completion);
    const shell = findShell(args.shell, this.surroundings);
    if (out.isData) out.data({ shell, script: COMPLETION_SCRIPTS[shell] });
    else if (out.mode !== 'none') out.answer(COMPLETION_SCRIPTS[shell]);
  }
}
