import { format } from 'node:util';
import { type Command, CommandHelp, Help, type Interfaces } from '@oclif/core';
import { unknownCommand } from './errors/unknown-command.ts';
import { HELP_TOPICS } from './help-topics.ts';
import { presentationOf } from './output/presentation.ts';
import { lentSurroundings } from './surroundings.ts';
import { fitLine } from './views/fit-line.ts';

const ORDER = ['EXAMPLES', 'USAGE', 'DESCRIPTION'];

/** Examples first: they answer most questions before a flag has to be read. */
class ExamplesFirst extends CommandHelp {
  protected override sections() {
    const all = super.sections();
    const first = ORDER.flatMap((wanted) => all.filter(({ header }) => header === wanted));
    return [...first, ...all.filter(({ header }) => !ORDER.includes(header))];
  }

  // Some begin with another program, such as jq: they are typed as well.
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    const isOurs = (line: string) => line.startsWith('<%= config.bin %>') || line.startsWith(this.config.bin);
    return super.examples(
      [examples ?? []].flat().map((each) => (typeof each !== 'string' || isOurs(each) ? each : `$ ${each}`)),
    );
  }

  // The summary stands above already.
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(description);
  }
}

/** What people do, in the order in which they come to it. */
const GROUPS: [title: string, commands: string[]][] = [
  ['START', ['init', 'dev', 'status', 'doctor', 'docs', 'open']],
  ['ACCOUNT', ['register', 'login', 'logout', 'whoami', 'auth', 'profile', 'tokens']],
  ['JOBS', ['submit', 'run', 'watch', 'logs', 'result', 'retry', 'cancel', 'explain', 'jobs']],
  ['WRITE', ['handlers', 'plugins', 'types', 'worker']],
  ['OPERATE', ['top', 'schedules', 'failures', 'queues', 'workers', 'verify']],
  ['TOOL', ['api', 'commands', 'completion', 'config', 'version', 'help']],
];

/** As the framework says it. */
const NOT_FOUND = /^Command .* not found\.$/s;

export const NO_PAGER = '--no-pager';

export default class CloudTaskHelp extends Help {
  /** Lines that are kept for a pager. */
  #page: string[] | undefined;

  constructor(config: Interfaces.Config, options: Partial<Interfaces.HelpOptions> = {}) {
    super(config, { ...options, docopts: false, hideAliasesFromRoot: true });
    this.CommandHelpClass = ExamplesFirst;
  }

  override async showHelp(argv: string[]): Promise<void> {
    const page: string[] = [];
    this.#page = hasPager(argv) ? page : undefined;
    try {
      await this.#show(argv.filter((word) => word !== NO_PAGER));
    } finally {
      this.#page = undefined;
      if (page.length > 0) {
        const { showPaged } = await import('./output/pager.ts');
        await showPaged(page.join(''), lentSurroundings());
      }
    }
  }

  protected override log(...words: string[]): void {
    if (this.#page) this.#page.push(`${format(...words)}\n`);
    else super.log(...words);
  }

  async #show(argv: string[]): Promise<void> {
    const words = argv.filter((word) => !word.startsWith('-') && word !== 'help');
    const topic = HELP_TOPICS[words.join(' ')];
    if (topic !== undefined) {
      this.log(
        topic
          .split('\n')
          .flatMap((line) => fitLine(line, terminalWidth()))
          .join('\n'),
      );
      return;
    }
    try {
      await super.showHelp(argv);
    } catch (error) {
      if (!NOT_FOUND.test((error as Error).message)) throw error;
      throw unknownCommand(this.config, words, Object.keys(HELP_TOPICS));
    }
    if (!/^(submit|run)$/.test(words[0] ?? '')) return;
    // The SDK is loaded only for those who name a type.
    const { typeHelp } = await import('./type-help.ts');
    const fields = await typeHelp(argv);
    if (fields !== undefined) this.log(this.section(fields.title, fields.body));
  }

  protected override async showRootHelp(): Promise<void> {
    const { bin } = this.config;
    this.log(
      `Background jobs that you host yourself\n\n  $ ${bin} submit sleep seconds:=3 --wait\n  $ ${bin} help submit\n`,
    );
    const known = new Map<string, string>([
      ...this.config.topics.map(({ name, description = '' }) => [name, description] as const),
      ...this.config.commands.filter(({ hidden }) => !hidden).map((each) => [each.id, this.oneLine(each)] as const),
    ]);
    for (const [title, names] of GROUPS) {
      const rows = names.filter((name) => known.has(name)).map((name) => [name, known.get(name) ?? '']);
      this.log(`${this.section(title, this.renderList(rows, { indentation: 2, spacer: '\n', stripAnsi: true }))}\n`);
    }
    this.log(`Topics (${bin} help TOPIC): ${Object.keys(HELP_TOPICS).join(' · ')}`);
  }

  private oneLine({ summary = '' }: Command.Loadable): string {
    return summary;
  }
}

function terminalWidth(): number {
  // Some terminals do not know how wide they are, and say 0.
  return lentSurroundings().stdout.columns || 80;
}

function hasPager(argv: readonly string[]): boolean {
  const { env, stdin, stdout, stderr } = lentSurroundings();
  const tty = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true };
  const flags = { pager: !argv.includes(NO_PAGER) };
  return presentationOf({ flags, env, tty, columns: stdout.columns }).pager;
}
