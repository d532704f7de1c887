import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { askWord } from '../init/ask-choices.ts';
import { type Fitted, fitExisting } from '../init/fit-existing.ts';
import { fitNextApp } from '../init/next-app-folder.ts';
import { notesForExisting } from '../init/notes-for-existing.ts';
import { callingPackageManager, WORDS } from '../init/package-manager-words.ts';
import { manifestOf } from '../init/package-manifest.ts';
import { installPackages, startRepository } from '../init/prepare-project.ts';
import { PACKAGE_MANAGERS, type ProjectChoices, SCHEMAS, TEMPLATES } from '../init/project-choices.ts';
import { projectFiles } from '../init/project-files.ts';
import { checkProjectName } from '../init/project-name.ts';
import { refuseUsedFolder, type Written, writeProject } from '../init/write-project.ts';
import type { Output } from '../output/output.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';
import { wrapText } from '../views/wrap.ts';

interface Asked {
  name?: string | undefined;
  template: string;
  schema?: string | undefined;
  pm?: string | undefined;
  yes: boolean;
}

export default class Init extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'start a project';
  static override description =
    'Writes a contract, a handler, a test and what is around them into a folder, then installs the packages. Only a folder that is empty is taken; with --in-place only files that are not there are added, and what is to be changed elsewhere is said. The answer is the paths of the new files.';
  static override examples = [
    '<%= config.bin %> init my-jobs',
    '<%= config.bin %> init my-shop --template nextjs --schema valibot --pm pnpm',
    '<%= config.bin %> init cloudtask-plugin-mail --template plugin',
    '<%= config.bin %> init . --in-place',
  ];
  static override args = {
    dir: Args.string({ description: 'the folder; it is made', default: '.', ignoreStdin: true }),
  };
  static override flags = {
    template: Flags.string({ description: 'what kind of project', options: [...TEMPLATES], default: TEMPLATES[0] }),
    schema: Flags.string({ description: 'library for payloads and results', options: [...SCHEMAS] }),
    pm: Flags.string({
      description: 'package manager (default: the one that runs this)',
      options: [...PACKAGE_MANAGERS],
    }),
    name: Flags.string({ description: 'of the package (default: that of the folder)' }),
    yes: Flags.boolean({ char: 'y', description: 'ask nothing: zod, and npm' }),
    'in-place': Flags.boolean({ description: 'add to a folder that has files' }),
    git: Flags.boolean({ description: 'make it a git repository', default: true, allowNo: true }),
    install: Flags.boolean({ description: 'install the packages', default: true, allowNo: true }),
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Init);
    const folder = resolve(this.surroundings.cwd, args.dir);
    const isInPlace = flags['in-place'];
    const name = flags.name ?? basename(folder);
    checkProjectName(name);
    if (!isInPlace) await refuseUsedFolder(folder, args.dir);
    const choices = await this.#choose(out, { ...flags, name });
    const existing = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    const { files, leftOut } = await filesFor(folder, choices, isInPlace);
    const written = await writeProject(folder, files);
    const place = { folder, env: this.surroundings.env };
    if (flags.git && !isInPlace) await startRepository(place);
    answer(out, args.dir, written);
    const { install } = WORDS[choices.packageManager];
    const goThere = folder === this.surroundings.cwd ? '' : `cd ${inShell(args.dir)} && `;
    const notes = notesForExisting(written.kept, { ...choices, manifest: manifestOf(choices), existing });
    sayKept(out, written.kept, leftOut, notes);
    // With a package.json that names none of ours there is nothing of ours to install.
    const installsNow = flags.install && !written.kept.includes('package.json');
    if (installsNow) {
      out.say(`${out.sayStyle.dim('…')} ${install}`);
      await installPackages(place, install, `${goThere}${install}`);
    }
    out.next(
      `${goThere}${installsNow || notes.length > 0 ? '' : `${install} && `}${WORDS[choices.packageManager].run} dev`,
    );
  }

  /** What flags do not say is asked where somebody can be asked. */
  async #choose(out: Output, asked: Asked & { name: string }): Promise<ProjectChoices> {
    const { name, yes } = asked;
    const mayAsk = out.look.mayAsk && !yes;
    const pick = async <Value extends string>(
      given: string | undefined,
      values: readonly Value[],
      message: string,
      first: Value,
    ) => {
      const known = values.find((value) => value === given);
      if (known !== undefined) return known;
      return mayAsk ? await askWord({ out, surroundings: this.surroundings }, { message, values, first }) : first;
    };
    const template = await pick(asked.template, TEMPLATES, 'Template', TEMPLATES[0]);
    const schema = await pick(asked.schema, SCHEMAS, 'Schema library', SCHEMAS[0]);
    const caller = callingPackageManager(this.surroundings.env);
    const packageManager = await pick(asked.pm, PACKAGE_MANAGERS, 'Package manager', caller);
    return { name, template, schema, packageManager, version: this.config.version };
  }
}

async function filesFor(folder: string, choices: ProjectChoices, isInPlace: boolean): Promise<Fitted> {
  const files = await projectFiles(choices);
  if (!isInPlace) return { files, leftOut: [] };
  const inApp = choices.template === 'nextjs' ? fitNextApp(folder, files) : { files, leftOut: [] };
  const beside = await fitExisting(folder, inApp.files);
  return { files: beside.files, leftOut: [...inApp.leftOut, ...beside.leftOut] };
}

/** As a shell takes it. */
function inShell(path: string): string {
  return /^[\w./~@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function answer(out: Output, dir: string, { created }: Written): void {
  const files = created.map((path) => (dir === '.' ? path : join(dir, path)));
  if (out.isData) out.data({ files });
  else if (out.mode === 'human') for (const line of humanLines(out, dir, created)) out.answer(line);
  else if (out.mode !== 'none') for (const file of files) out.answer(file);
}

function humanLines({ style, look }: Output, dir: string, created: readonly string[]): string[] {
  if (created.length === 0) return ['Everything was there already.'];
  const head = `${look.unicode ? '✓' : '+'} ${dir.replace(/\/$/, '')}/  `;
  const [first = '', ...rest] = wrapText(
    created.join(look.unicode ? ' · ' : ', '),
    Math.max(30, look.width - head.length),
  );
  return [style.green(head) + first, ...rest.map((line) => ' '.repeat(head.length) + line)];
}

function sayKept(out: Output, kept: readonly string[], leftOut: readonly string[], notes: readonly string[]): void {
  if (kept.length > 0) out.warn(`Left as they were: ${kept.join(', ')}`);
  if (leftOut.length > 0) out.warn(`Not added, because they do not fit files of yours: ${leftOut.join(', ')}`);
  if (notes.length > 0) out.warn('To add there:');
  for (const note of notes) out.warn(`  ${note}`);
}
