import { Args, Flags } from '@oclif/core';
import { closest } from '../closest.ts';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { answerList, answerOne, type Kind } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import { type CodeInfo, codesIn, readDocs } from '../read-docs.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';

export default class Docs extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'explain a code, or print a page of the documentation';
  static override description =
    'Without a network: the pages came with this version. Without a topic all pages are listed.';
  static override examples = [
    '<%= config.bin %> docs JOB_TYPE_UNKNOWN',
    '<%= config.bin %> docs schedules',
    '<%= config.bin %> docs',
    '<%= config.bin %> docs --llm > cloudtask.md',
  ];
  static override args = { topic: Args.string({ description: 'a code or a page', ignoreStdin: true }) };
  static override flags = {
    llm: Flags.boolean({ description: 'the whole documentation as one text, for a language model' }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Docs);
    out.page();
    const pages = await readDocs();
    if (flags.llm) return answerAll(out, pages);
    if (args.topic === undefined) return answerList(out, listOf(pages), pageKind, { none: 'No pages came with this.' });
    const page = pages.get(args.topic.toLowerCase());
    if (page !== undefined) {
      if (out.isData) out.data({ page: args.topic.toLowerCase(), text: page });
      else if (out.mode !== 'none') out.answer(page.trimEnd());
      return;
    }
    const codes = [...codesIn(pages.get('errors') ?? ''), ...codesIn(pages.get('explain') ?? '')];
    const wanted = args.topic.toUpperCase();
    const found = codes.find(({ code }) => code === wanted);
    if (!found) throw unknownTopic(args.topic, [...pages.keys(), ...codes.map(({ code }) => code)]);
    answerOne(out, found, codeKind);
  }
}

/** The command first: it is what a reader of all of it can try. */
function answerAll(out: Output, pages: Map<string, string>): void {
  const names = [...pages.keys()].sort((a, b) => Number(b === 'cli') - Number(a === 'cli'));
  const text = names.map((name) => `<!-- ${name}.md -->\n\n${pages.get(name)?.trim()}\n`).join('\n');
  if (out.isData) out.data({ pages: names, text });
  else if (out.mode === 'id') for (const name of names) out.answer(name);
  else if (out.mode !== 'none') out.answer(text.trimEnd());
}

function listOf(pages: Map<string, string>) {
  return [...pages].map(([page, text]) => ({ page, title: /^# (.*)$/m.exec(text)?.[1] ?? '' }));
}

const pageKind: Kind<{ page: string; title: string }> = {
  id: ({ page }) => page,
  columns: [
    { title: 'PAGE', text: ({ page }) => page },
    { title: 'ABOUT', text: ({ title }) => title },
  ],
};

const codeKind: Kind<CodeInfo> = {
  id: ({ code }) => code,
  columns: [],
  details: ({ code, status, what, help }, { style }) => [
    `${style.bold(code)}${status === null ? '' : ` (${status})`}`,
    `  ${what}`,
    `  ${help}`,
  ],
};

function unknownTopic(topic: string, known: readonly string[]): CliError {
  const meant = closest(topic.toUpperCase(), known) ?? closest(topic.toLowerCase(), known);
  return new CliError(`there is neither a page nor a code ${topic.slice(0, 60)}`, {
    code: 'TOPIC_NOT_FOUND',
    exit: EXIT.notFound,
    ...(meant !== undefined && { why: `Did you mean ${meant}?` }),
    tryThis: 'cloudtask docs',
  });
}
