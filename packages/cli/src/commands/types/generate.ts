import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { typesText } from '@cloudtask/sdk/types-text';
import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';

export default class TypesGenerate extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'write the types of the server as TypeScript';
  static override description =
    'For projects that share no code with the workers: a project that includes the file checks types, payloads and results. The answer is the path, also of a file that was right already. With --check nothing is written: exit 9 when the file is not up to date.';
  static override examples = [
    '<%= config.bin %> types generate',
    '<%= config.bin %> types generate --out src/cloudtask.d.ts',
    '<%= config.bin %> types generate --check',
    '<%= config.bin %> types generate --out -',
  ];
  static override flags = {
    out: Flags.string({ description: 'the file, or - for stdout', default: 'cloudtask.d.ts' }),
    check: Flags.boolean({ description: 'only compare' }),
  };

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(TypesGenerate);
    const types = await this.client(flags).types.list().toArray({ limit: Number.POSITIVE_INFINITY });
    const text = typesText(types);
    if (flags.out === '-') {
      if (out.mode !== 'none') out.answer(text.trimEnd());
      return;
    }
    const path = resolve(this.surroundings.cwd, flags.out);
    const isCurrent = (await readIfThere(path)) === text;
    if (flags.check && !isCurrent) throw notCurrent(flags.out);
    if (!isCurrent) await write(path, text);
    if (out.isData) out.data({ path, types: types.map(({ type }) => type), isChanged: !isCurrent });
    else if (out.mode === 'human') out.answer(`${flags.out}  ${types.length} types${isCurrent ? ', as it was' : ''}`);
    else if (out.mode !== 'none') out.answer(flags.out);
  }
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
