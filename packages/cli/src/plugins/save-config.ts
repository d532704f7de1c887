import { rmSync } from 'node:fs';
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { importProjectReader } from '../import-worker.ts';
import type { PluginEntry } from './plugin-entry.ts';

interface Change {
  /** The configuration; it may not be there yet. */
  path: string;
  text: string;
  /** What the text was made from; undefined: there was no file. */
  source: string | undefined;
  /** What has to come out when the text is run. */
  isRight(plugins: readonly PluginEntry[]): boolean;
  env: Record<string, string | undefined>;
  /** Whether the plugins that it names have to be there, and to go together. */
  isChecked: boolean;
  /** For whoever has to do it by hand. */
  byHand: string;
}

/**
 * Puts a changed configuration in the place of the old one. It is run first, beside the old one and under another name, as
 * its imports are seen from there: what does not load, or does not say what it should, never gets the name.
 */
export async function saveConfig(change: Change): Promise<void> {
  const { path, text, source, isRight, byHand } = change;
  const file = await realpath(path).catch(() => path);
  const draft = join(dirname(file), `.${process.pid}.${basename(file)}`);
  const drop = () => rmSync(draft, { force: true });
  const stop = (signal: NodeJS.Signals) => {
    drop();
    process.kill(process.pid, signal);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    const known = await stat(file).catch(() => undefined);
    if (known) await chmod(draft, known.mode & 0o7777);
    if (!isRight(await pluginsOf(draft, file, change))) throw notEdited(file, byHand);
    // An installation takes long enough to save the file in an editor.
    if ((await readFile(file, 'utf8').catch(() => undefined)) !== source)
      throw notEdited(file, byHand, 'It was changed by somebody else in the meantime.');
    await rename(draft, file);
  } catch (error) {
    throw isOfFiles(error)
      ? notEdited(file, byHand, `It cannot be written: ${error.message.replaceAll(draft, file)}.`, error)
      : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await rm(draft, { force: true });
  }
}

async function pluginsOf(draft: string, file: string, { env, isChecked, byHand }: Change): Promise<PluginEntry[]> {
  const { readConfiguredPlugins } = await importProjectReader();
  try {
    return (await readConfiguredPlugins(draft, { env, isChecked })).flatMap(({ plugin, options }) =>
      typeof plugin === 'string' ? [{ name: plugin, prefix: options?.prefix }] : [],
    );
  } catch (error) {
    const why = (error as Error).message.replaceAll(draft, file);
    throw notEdited(file, byHand, why, error);
  }
}

function isOfFiles(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The configuration is as it was; the person has to do it. */
export function notEdited(file: string, byHand: string, why?: string, cause?: unknown): CliError {
  return new CliError(`${basename(file)} was not changed`, {
    code: 'CONFIG_NOT_EDITED',
    exit: EXIT.refused,
    why: why ?? 'Its plugins are no list that is written out there, once: it is not certain where the change belongs.',
    tryThis: byHand,
    cause,
  });
}
