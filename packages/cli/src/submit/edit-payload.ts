import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issue, Json } from '@cloudtask/sdk';
import { openQuestions } from '../ask.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { schemaIssues } from '../schema/schema-issues.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';
import { readJsonc } from './jsonc.ts';
import { payloadTemplate } from './payload-template.ts';
import type { PrepareDeps } from './prepare-deps.ts';

/** A payload from an editor: a template made from the schema of the type, over which what was given is laid already. */
export async function editPayload(
  deps: PrepareDeps,
  { type: name, given }: { type: string; given: Json | undefined },
): Promise<Json> {
  const type = await deps.types.find(name);
  const schema = type?.payloadSchema ?? null;
  const editor = editorOf(deps);
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-'));
  const path = join(folder, `${name.replace(/[^\w.-]/g, '_').slice(0, 40)}.jsonc`);
  const forget = removeAtEnd(folder);
  try {
    await writeFile(path, payloadTemplate({ type: name, schema, sensitive: type?.sensitive ?? [], given }), {
      mode: 0o600,
      flag: 'wx',
    });
    return await editUntilItFits(deps, { editor, path, schema });
  } finally {
    forget();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Editing {
  editor: string;
  path: string;
  schema: Json | null;
}

async function editUntilItFits(deps: PrepareDeps, { editor, path, schema }: Editing): Promise<Json> {
  for (;;) {
    const before = await stat(path, { bigint: true });
    await openEditor(editor, path, deps.surroundings);
    const { mtimeNs, ino } = await stat(path, { bigint: true });
    if (mtimeNs === before.mtimeNs && ino === before.ino) throw cancelled('The file was not saved.');
    const text = await readFile(path, 'utf8');
    if (text.trim() === '') throw cancelled('The file was empty.');
    const read = parseEdited(text, schema);
    if ('payload' in read) return read.payload;
    for (const { path: where, message } of read.issues.slice(0, MOST_SHOWN))
      deps.out.warn(`${deps.out.sayStyle.red('✗')} ${printable(where || 'payload')}: ${printable(message)}`);
    if (!deps.out.look.mayAsk)
      throw usageError('the payload from the editor does not fit', { why: firstOf(read.issues) });
    if (!(await wantsAgain(deps.surroundings))) throw cancelled('The payload did not fit.');
  }
}

const MOST_SHOWN = 10;

function parseEdited(text: string, schema: Json | null): { payload: Json } | { issues: Issue[] } {
  try {
    const payload = readJsonc(text);
    const issues = schema === null ? [] : schemaIssues(schema, payload);
    return issues.length === 0 ? { payload } : { issues };
  } catch (error) {
    return { issues: [{ path: 'JSON', message: (error as Error).message }] };
  }
}

function firstOf([first]: readonly Issue[]): string {
  return first === undefined ? '' : `${first.path || 'payload'} ${first.message}.`;
}

async function wantsAgain(surroundings: Surroundings): Promise<boolean> {
  const questions = openQuestions(surroundings);
  try {
    return !/^no?$/i.test(await questions.text('Edit again? (Y/n)'));
  } finally {
    questions.close();
  }
}

function editorOf({ out, surroundings: { env } }: PrepareDeps): string {
  const named = env['VISUAL'] || env['EDITOR'];
  if (named) return named;
  if (!out.look.mayAsk)
    throw usageError('there is no editor', { why: '--edit opens VISUAL or EDITOR, and neither is set.' });
  return process.platform === 'win32' ? 'notepad' : 'vi';
}

/** An editor may come with words of its own: `code --wait`. */
async function openEditor(editor: string, path: string, { env, cwd }: Surroundings): Promise<void> {
  const isWindows = process.platform === 'win32';
  const [command, args] = isWindows ? [`${editor} "${path}"`, []] : ['sh', ['-c', `${editor} "$1"`, 'sh', path]];
  const child = spawn(command, args, { cwd, env, stdio: 'inherit', shell: isWindows });
  // Ctrl-C belongs to the editor while it is open.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0)
      throw usageError(`the editor ended with ${code ?? 'a signal'}`, { why: `It was started as ${editor}.` });
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** A payload may hold secrets: its file goes when the command is ended from outside, too. */
function removeAtEnd(folder: string): () => void {
  const end = (signal: NodeJS.Signals) => {
    rmSync(folder, { recursive: true, force: true });
    process.kill(process.pid, signal);
  };
  const signals = ['SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}

function cancelled(why: string): CliError {
  return new CliError('nothing was submitted', { code: 'CANCELLED', exit: EXIT.other, why });
}
