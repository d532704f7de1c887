import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPlugin } from '@cloudtask/sdk/define-plugin';
import { isHandler } from '@cloudtask/sdk/is-handler';
import { type FoundHandler, HandlersRefused } from './found-handler.ts';
import { type IdleFile, withoutHelpers } from './idle-files.ts';
import { placeOfError } from './place-of-error.ts';

/** The handlers in the files of a folder and the folders in it; other modules there may help them. `onIdle`: told of those that do neither. */
export async function handlersInFolder(folder: string, onIdle?: (file: IdleFile) => void): Promise<FoundHandler[]> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new HandlersRefused(`the handlers' folder ${folder} cannot be read: there is no such folder`, { cause });
  });
  const found: FoundHandler[] = [];
  const files = await filesIn(root, root);
  const idle: IdleFile[] = [];
  for (const file of files) {
    const exported = await exportsOf(file);
    const own = foundIn(exported, file);
    if (own.length === 0) idle.push({ file, exports: namesOf(exported) });
    found.push(...own);
  }
  if (found.length === 0) {
    throw new HandlersRefused(`no file in ${folder} exports a handler: export what defineHandler() returns`);
  }
  if (onIdle) for (const each of await withoutHelpers(idle, files)) onIdle(each);
  return found;
}

function namesOf(exported: object): string[] {
  const names = Object.keys(exported);
  // Node adds these to what is no ES module, as a file without an import or export.
  const isCommonJs = names.includes('module.exports');
  return names.filter((name) => !isCommonJs || (name !== 'default' && name !== 'module.exports'));
}

/** What a file exports that is a handler, or a plugin with handlers. */
export async function handlersInFile(file: string): Promise<FoundHandler[]> {
  return foundIn(await exportsOf(file), file);
}

function foundIn(exported: object, file: string): FoundHandler[] {
  return handlersAmong(exported, file).map((found) => ({ ...found, module: file }));
}

async function exportsOf(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const place = placeOfError(cause, file);
    const where = place === undefined ? '' : ` (${place})`;
    throw new HandlersRefused(`the handlers in ${file} cannot be loaded: ${reason}${where}`, { cause });
  }
}

/** The handlers among the exports of a module, and those of the plugins among them. */
export function handlersAmong(exported: object, source: string): FoundHandler[] {
  // The same handler may be exported by name and as default, and once more in a plugin, which counts then.
  const found = new Map<unknown, FoundHandler>();
  for (const value of Object.values(exported)) {
    if (isHandler(value)) found.set(value, found.get(value) ?? { handler: value, source });
    else if (isPlugin(value)) {
      const { handlers, ...plugin } = value;
      for (const handler of handlers) if (isHandler(handler)) found.set(handler, { handler, source, plugin });
    }
  }
  return [...found.values()];
}

async function filesIn(directory: string, root: string): Promise<string[]> {
  await refuseUnsafe(directory, root);
  const files: string[] = [];
  const entries = await readdir(directory, { withFileTypes: true });
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const path = join(directory, name);
    const target = await stat(path).catch(() => undefined);
    if (target?.isDirectory()) files.push(...(await filesIn(await refuseUnsafe(path, root), root)));
    else if (target?.isFile() && CODE.test(name) && !NO_HANDLERS.test(name)) files.push(await refuseUnsafe(path, root));
  }
  return files;
}

const CODE = /\.(ts|mts|js|mjs)$/;
const NO_HANDLERS = /\.(d\.m?ts|test\.m?[jt]s)$/;

/** What anybody may write, or what a link brings in from elsewhere, is not run with this worker's rights. */
async function refuseUnsafe(path: string, root: string): Promise<string> {
  const real = await realpath(path);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new HandlersRefused(`${path} leads out of the handlers' folder, to ${real}: put the file itself there`);
  }
  await refuseWorldWritable(real);
  return real;
}

export async function refuseWorldWritable(path: string): Promise<void> {
  // Windows has no such bits and shows them set.
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o002) === 0) return;
  throw new HandlersRefused(`everybody may write to ${path}, so it is not run: chmod o-w ${path}`);
}
