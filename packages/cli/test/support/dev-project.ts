import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cliHome } from './run-cli.ts';

const MODULES = join(import.meta.dirname, '../../../../node_modules');

/** A folder with a configuration and handlers, where the packages of this repository are found; and a home for the command. */
export async function devProject(handlers: Record<string, string>) {
  const home = await cliHome();
  const folder = join(home.folder, 'project');
  await mkdir(join(folder, 'src/handlers'), { recursive: true });
  await symlink(MODULES, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(folder, 'cloudtask.config.ts'),
    "import { defineConfig } from '@cloudtask/sdk';\nexport default defineConfig({ handlers: './src/handlers' });\n",
  );
  const save = (name: string, text: string) => writeFile(join(folder, 'src/handlers', name), text);
  for (const [name, text] of Object.entries(handlers)) await save(name, text);
  const env = { CLOUDTASK_CONFIG_DIR: home.config };
  /** A command beside `dev`, signed in by the folder. */
  const ct = (...args: string[]) => home.run(args, { cwd: folder });
  return { folder, env, save, ct, start: (args: readonly string[]) => home.start(args, { cwd: folder }) };
}

/** A handler whose function is this text. */
export function handlerText(type: string, run: string): string {
  return `import { defineHandler } from '@cloudtask/sdk';\nexport default defineHandler({\n  type: '${type}',\n  run: ${run},\n});\n`;
}
