import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect } from './run-cli.ts';

const SDK = JSON.stringify(import.meta.resolve('@cloudtask/sdk'));

/** What became of a printed program: null when it ran to its end. */
export type ProgramEnd = string | null;

/** Runs TypeScript programs that were printed, as they stand, one after the other in one process of Node. */
export async function runPrograms(
  programs: readonly string[],
  { folder, env }: { folder: string; env: Record<string, string> },
): Promise<ProgramEnd[]> {
  const files = programs.map((_, at) => join(folder, `program-${at}.ts`));
  for (const [at, file] of files.entries())
    await writeFile(file, (programs[at] ?? '').replace("'@cloudtask/sdk'", SDK));
  const runner = join(folder, 'runner.mjs');
  await writeFile(
    runner,
    `const ends = [];
     const say = console.log;
     console.log = () => {};
     for (const file of ${JSON.stringify(files)}) ends.push(await import(file).then(() => null, (error) => String(error)));
     say(JSON.stringify(ends));`,
  );
  const child = spawn(process.execPath, ['--conditions=source', runner], { env: { PATH: process.env.PATH, ...env } });
  const { stdout, stderr } = await collect(child);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as ProgramEnd[];
}

/** Runs curl commands that were printed, in a shell. */
export async function runInShell(text: string, env: Record<string, string>) {
  return await collect(spawn('sh', ['-c', text], { env: { PATH: process.env.PATH, ...env } }));
}
