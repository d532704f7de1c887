import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { closest } from '../../closest.ts';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { importPluginManifests } from '../../import-worker.ts';
import { projectFlags } from '../../open-project.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { withoutPlugin } from '../../plugins/edit-config.ts';
import { packageCommands } from '../../plugins/package-commands.ts';
import { openPluginProject } from '../../plugins/plugin-project.ts';
import { commandText, runPackageManager } from '../../plugins/run-package-manager.ts';
import { notEdited, saveConfig } from '../../plugins/save-config.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

interface Removed {
  plugin: string;
  config: string;
  /** What uninstalls it; null: no package of this project, or none that is a plugin. */
  uninstall: string | null;
  /** False: it was not among the plugins. */
  isChanged: boolean;
  isDryRun: boolean;
}

export default class PluginsRemove extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'take a plugin out of the configuration and uninstall it';
  static override description =
    'First out of the configuration, then the package, after the command was shown. Jobs of its types wait until some worker has them again. Fine to repeat.';
  static override examples = [
    '<%= config.bin %> plugins remove cloudtask-plugin-mail',
    '<%= config.bin %> plugins remove cloudtask-plugin-mail --no-uninstall',
    '<%= config.bin %> plugins remove cloudtask-plugin-mail --dry-run',
  ];
  static override aliases = ['plugins:rm'];
  static override args = {
    plugin: Args.string({ description: 'as plugins list names it', required: true, ignoreStdin: true }),
  };
  static override flags = {
    uninstall: Flags.boolean({ description: 'uninstall the package too (default)', allowNo: true, default: true }),
    'dry-run': Flags.boolean({ description: 'only show what would be done' }),
    config: projectFlags.config,
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(PluginsRemove);
    const { surroundings } = this;
    const { plugin } = args;
    const project = await openPluginProject(surroundings, flags);
    const config = relative(surroundings.cwd, project.configFile);
    const isThere = project.plugins.some(({ name }) => name === plugin);
    const text = isThere ? withoutPlugin(project.source, plugin) : project.source;
    const byHand = `take ${plugin} out of plugins in ${config}`;
    if (text === undefined) throw notEdited(project.configFile, byHand);
    const command = [...packageCommands(project.folder, surroundings.env).remove, plugin];
    const { sayStyle: style } = out;
    const isInstalled = flags.uninstall && (await isDependency(project.folder, plugin));
    // One that left the configuration before is still known by its package; any other dependency has a use of its own.
    const isPlugin = isThere || (isInstalled && (await isDeclaredPlugin(project.folder, plugin)));
    if (isInstalled && !isPlugin)
      out.warn(`${style.yellow('!')} ${printable(plugin)} is no plugin and stays. ${commandText(command)}`);
    const isToGo = isInstalled && isPlugin;
    if (!flags['dry-run'] && isThere)
      await saveConfig({
        path: project.configFile,
        text,
        env: surroundings.env,
        byHand,
        isChecked: false,
        source: project.source,
        isRight: (plugins) => plugins.every(({ name }) => name !== plugin),
      });
    if (isToGo) out.say(`  ${style.dim('$')} ${printable(commandText(command))}`);
    if (isToGo && !flags['dry-run']) await runPackageManager(command, { folder: project.folder, surroundings });
    const meant = isThere
      ? undefined
      : closest(
          plugin,
          project.plugins.map(({ name }) => name),
        );
    if (meant !== undefined) out.warn(`${style.yellow('!')} Did you mean ${printable(meant)}?`);
    const removed: Removed = {
      plugin,
      config,
      uninstall: isToGo ? commandText(command) : null,
      isChanged: isThere,
      isDryRun: flags['dry-run'],
    };
    answerOne(out, removed, removedKind);
    if (surroundings.env['CLOUDTASK_PLUGINS'])
      out.warn(`${style.yellow('!')} CLOUDTASK_PLUGINS is set, and wins over the configuration.`);
  }
}

async function isDependency(folder: string, name: string): Promise<boolean> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<
    string,
    object | undefined
  >;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some((kind) =>
    Object.hasOwn(manifest[kind] ?? {}, name),
  );
}

async function isDeclaredPlugin(folder: string, name: string): Promise<boolean> {
  const { readPluginManifest } = await importPluginManifests();
  const manifest = await readPluginManifest(name, folder).catch(() => undefined);
  return manifest?.isDeclared === true;
}

const removedKind: Kind<Removed> = {
  columns: [],
  id: ({ plugin }) => plugin,
  details({ plugin, config, isChanged, isDryRun }, look) {
    const done = isDryRun ? 'would be taken out of' : 'is out of';
    const text = isChanged ? `${done} ${config}` : `is no plugin in ${config}`;
    return [`${mark(isChanged && !isDryRun ? 'ok' : 'warn', look)} ${look.style.bold(printable(plugin))} ${text}`];
  },
};
