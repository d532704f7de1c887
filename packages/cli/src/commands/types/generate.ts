import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CloudTask, ConnectionError, type TypeInfo } from '@cloudtask/sdk';
import { typesText } from '@cloudtask/sdk/types-text';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import type { Output } from '../../output/output.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { untilInterrupted } from '../../watch/stop-watching.ts';

/** How often the server is asked under `--watch`. */
const LOOK_EVERY_MS = 2_000;

export default class TypesGenerate extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'write the types of the server as TypeScript';
  static override description =
    'For projects that share no code with the workers: a project that includes the file checks types, payloads and results. The answer is the path, also of a file that was right already. With --check nothing is written: exit 9 when the file is not up to date. With --watch it is written again whenever the types change, until Ctrl-C, which is exit 0; a server that is away is waited for.';
  static override examples = [
    '<%= config.bin %> types generate',
    '<%= config.bin %> types generate --out src/cloudtask.d.ts',
    '<%= config.bin %> types generate --check',
    '<%= config.bin %> types generate --watch',
    '<%= config.bin %> types generate --out -',
  ];
  static override flags = {
    out: Flags.string({ description: 'the file, or - for stdout', default: 'cloudtask.d.ts' }),
    check: Flags.boolean({ description: 'only compare' }),
    watch: Flags.boolean({ description: 'go on, and write on each change', exclusive: ['check'] }),
  };
  static override requests = printsNothing(
    'The file is made here of what types list answers: types list --curl prints the request.',
  );

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(TypesGenerate);
    const ct = this.client(flags);
    if (flags.out === '-') {
      if (flags.watch) throw usageError('--watch writes a file', { tryThis: 'cloudtask types generate --watch' });
      const text = typesText(await allTypes(ct));
      if (out.mode !== 'none') out.answer(text.trimEnd());
      return;
    }
    const file = { shown: flags.out, path: resolve(this.surroundings.cwd, flags.out) };
    const first = await generate(file, await allTypes(ct), flags.check);
    if (!flags.watch) return show(out, file.shown, first);
    showWritten(out, file.shown, first);
    await untilInterrupted((signal) =>
      watch(ct, out, {
        signal,
        onTypes: async (types) => {
          const written = await generate(file, types, false);
          if (written.isChanged) showWritten(out, file.shown, written);
        },
      }),
    );
  }
}

async function allTypes(ct: CloudTask, signal?: AbortSignal): Promise<TypeInfo[]> {
  return await ct.types.list(signal && { signal }).toArray({ limit: Number.POSITIVE_INFINITY });
}

interface Written {
  path: string;
  types: string[];
  isChanged: boolean;
}

async function generate(
  { shown, path }: { shown: string; path: string },
  types: TypeInfo[],
  onlyChecks: boolean,
): Promise<Written> {
  const text = typesText(types);
  const isCurrent = (await readIfThere(path)) === text;
  if (onlyChecks && !isCurrent) throw notCurrent(shown);
  if (!isCurrent) await write(path, text);
  return { path, types: types.map(({ type }) => type), isChanged: !isCurrent };
}

/** Asks again and again: types change when workers come and go, which nothing tells. */
async function watch(
  ct: CloudTask,
  out: Output,
  { signal, onTypes }: { signal: AbortSignal; onTypes: (types: TypeInfo[]) => Promise<void> },
): Promise<never> {
  let isAway = false;
  for (;;) {
    await pause(LOOK_EVERY_MS, undefined, { signal });
    try {
      await onTypes(await allTypes(ct, signal));
      if (isAway) out.say('The server is there again.');
      isAway = false;
    } catch (error) {
      if (signal.aborted || !(error instanceof ConnectionError)) throw error;
      if (!isAway) out.warn('The server is away; the file stays as it is.');
      isAway = true;
    }
  }
}

function show(out: Output, shown: string, written: Written): void {
  if (out.isData) out.data(written);
  else if (out.mode === 'human') out.answer(lineOf(shown, written));
  else if (out.mode !== 'none') out.answer(shown);
}

function showWritten(out: Output, shown: string, written: Written): void {
  if (out.isData) out.event(written);
  else show(out, shown, written);
}

function lineOf(shown: string, { types, isChanged }: Written): string {
  return `${shown}  ${types.length} types${isChanged ? '' : ', as it was'}`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw usageError(`cannot write ${path}`, { why: (error as Error).message });
  }
}

function notCurrent(path: string): CliError {
  return new CliError(`${path} is not what the server's types are now`, {
    code: 'TYPES_OUTDATED',
    exit: EXIT.problems,
    tryThis: `cloudtask types generate --out ${path}`,
  });
}
