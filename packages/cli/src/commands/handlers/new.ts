import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { defineJob } from '@cloudtask/sdk/define-job';
import { Args } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { newHandlerFiles } from '../../handlers/new-handler-files.ts';
import { openProjectSources, projectFlags } from '../../open-project.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';

/** Where handlers are put when nothing says where. */
const USUAL_FOLDER = 'src/handlers';

export default class HandlersNew extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'write a new handler with its contract and its test';
  static override description =
    'Three files to change: the contract in jobs/ beside the handlers, the handler, and a test for vitest. Nothing is ever overwritten. The answer is their paths.';
  static override examples = [
    '<%= config.bin %> handlers new image.resize',
    '<%= config.bin %> handlers new image.resize --handlers src/handlers',
  ];
  static override args = {
    type: Args.string({ description: 'name of the type', required: true, ignoreStdin: true }),
  };
  static override flags = projectFlags;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(HandlersNew);
    const { cwd } = this.surroundings;
    refuseWrongType(args.type);
    const { configFile, folder } = await openProjectSources(this.surroundings, flags);
    const root = configFile === null ? cwd : dirname(configFile);
    const handlers = relative(root, folder ?? join(root, USUAL_FOLDER));
    const files = newHandlerFiles(args.type, handlers).map(({ path, text }) => ({ path: join(root, path), text }));
    const taken = files.find(({ path }) => existsSync(path));
    if (taken) throw fileExists(relative(cwd, taken.path));
    for (const { path, text } of files) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    }
    const written = files.map(({ path }) => ({ path: relative(cwd, path) }));
    if (out.isData) out.data({ files: written.map(({ path }) => path) });
    else answerList(out, written, pathKind, { none: '' });
    const how = folder === null ? ` --handlers ${USUAL_FOLDER}` : '';
    out.next(`cloudtask handlers run ${args.type} name=Ada${how}`);
  }
}

const pathKind: Kind<{ path: string }> = {
  id: ({ path }) => path,
  columns: [{ title: 'FILE', text: ({ path }) => path }],
  line: ({ path }) => path,
};

function refuseWrongType(type: string): void {
  try {
    defineJob({ type });
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function fileExists(path: string): CliError {
  return new CliError(`${path} is there already`, {
    code: 'FILE_EXISTS',
    exit: EXIT.refused,
    why: 'Nothing is overwritten, and nothing was written.',
  });
}
